//! Copies of a device's data: made by themselves while one works, by hand anywhere, and put back.
//!
//! A copy is the store as it was at one moment, made beside the running program, and appears under its name whole or not
//! at all. The device's key is never in a copy: whoever starts from one writes under a name of its own, so that a number
//! is never given out twice.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::thread::JoinHandle;

use adjutant_base::{DocumentId, Timestamp};
use adjutant_store::{Inspection, SqliteStore, StoreError};
use chrono::{DateTime, Datelike as _, NaiveDate, NaiveDateTime, Timelike as _, Utc};

use crate::worker::{RELAY_FILE, STORE_FILE};

/// The folder of automatic copies, in the data folder.
const FOLDER: &str = "copies";
/// Time between automatic copies, in milliseconds.
const HOUR_MS: i64 = 3_600_000;
/// How many hours, days and months have their newest copy kept.
const KEPT: [usize; 3] = [24, 30, 12];
const NAME: &str = "workspace-%Y%m%dT%H%M%SZ.sqlite";
/// Ending of a copy that is being written.
const DRAFT: &str = "draft";

/// Why a copy could not be made or put back. Nothing is left half done.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CareError {
    /// There is something at the place already.
    #[error("{0} is there already; name a folder that is not")]
    Exists(PathBuf),
    /// The data folder holds a workspace.
    #[error(
        "{0} holds a workspace already; move it away first, or restore into another folder (--data FOLDER)"
    )]
    InUse(PathBuf),
    /// There is no workspace at the place.
    #[error("{0} holds no workspace")]
    Missing(PathBuf),
    /// Some of what is in the copy is not as it was written.
    #[error("the copy {path} has {damaged} damaged changes; take an older one")]
    Damaged {
        /// The copy.
        path: PathBuf,
        /// How many.
        damaged: usize,
    },
    /// The store could not be read or written.
    #[error("the store cannot be copied")]
    Store(#[from] StoreError),
    /// The file system refused an operation.
    #[error("cannot {action} {path}")]
    Io {
        /// What was tried.
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
}

/// How much a copy holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Held {
    /// Documents.
    pub documents: usize,
    /// Changes, verified one by one.
    pub changes: u64,
}

/// One automatic copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Copy {
    /// When it was made.
    pub at: Timestamp,
    /// The file.
    pub path: PathBuf,
}

/// Returns the automatic copies of a device, oldest first.
pub fn copies(data: &Path) -> Vec<Copy> {
    let entries = std::fs::read_dir(data.join(FOLDER)).into_iter().flatten();
    let mut found: Vec<Copy> = entries
        .flatten()
        .filter_map(|entry| {
            let path = entry.path();
            let name = path.file_name()?.to_str()?;
            let at = NaiveDateTime::parse_from_str(name, NAME).ok()?;
            let at = Timestamp(at.and_utc().timestamp_millis());
            Some(Copy { at, path })
        })
        .collect();
    found.sort_by_key(|copy| copy.at);
    found
}

/// Makes the automatic copies, beside the work.
pub(crate) struct Copier {
    data: PathBuf,
    /// When the newest copy was begun; for a store that is new, when it was opened.
    last: Option<Timestamp>,
    copying: Option<JoinHandle<()>>,
}

impl Copier {
    /// Returns the copier of a data folder; `is_new` if its store was made just now.
    pub(crate) fn new(data: &Path, is_new: bool, now: Timestamp) -> Self {
        let newest = copies(data).last().map(|copy| copy.at);
        Self {
            data: data.to_owned(),
            last: newest.or(is_new.then_some(now)),
            copying: None,
        }
    }

    /// Begins a copy on a thread of its own, if it is time and none is under way.
    pub(crate) fn copy_if_due(
        &mut self,
        now: Timestamp,
        failed: impl FnOnce(String) + Send + 'static,
    ) {
        let is_copying = self
            .copying
            .as_ref()
            .is_some_and(|copy| !copy.is_finished());
        if is_copying || !is_due(self.last, now) {
            return;
        }
        self.last = Some(now);
        let data = self.data.clone();
        let work = move || {
            if let Err(error) = make_copy_blocking(&data, now) {
                failed(adjutant_base::error::chain(&error));
            }
        };
        let thread = std::thread::Builder::new().name("copy".to_owned());
        // Without a thread there is no copy this hour; the next save after it tries again.
        self.copying = thread.spawn(work).ok();
    }

    /// Waits for a copy that is under way.
    pub(crate) fn finish_blocking(&mut self) {
        if let Some(copy) = self.copying.take() {
            // A thread that panicked has printed why; its draft is removed by the next copy.
            copy.join().ok();
        }
    }
}

/// Tells whether an hour has passed since the last copy; if there is none, a copy is due.
///
/// A last copy of the future is a clock that went back: the time that has passed is not known, and a copy is due.
fn is_due(last: Option<Timestamp>, now: Timestamp) -> bool {
    last.is_none_or(|last| {
        let passed_ms = now.0.saturating_sub(last.0);
        !(0..HOUR_MS).contains(&passed_ms)
    })
}

/// Makes an automatic copy and removes those that have had their time.
fn make_copy_blocking(data: &Path, now: Timestamp) -> Result<(), CareError> {
    let folder = data.join(FOLDER);
    make_private(&folder)?;
    let name = utc(now).format(NAME).to_string();
    put(&data.join(STORE_FILE), &folder.join(name))?;
    let copies = copies(data);
    let kept = kept(copies.iter().map(|copy| copy.at));
    for copy in copies.iter().filter(|copy| !kept.contains(&copy.at)) {
        std::fs::remove_file(&copy.path).map_err(io("remove", &copy.path))?;
    }
    Ok(())
}

/// An hour, a day (its hour is 0) or a month (its day is 1).
type Span = (NaiveDate, u32);

/// Returns which copies are kept: the newest of each of the last 24 hours, 30 days and 12 months that have one.
fn kept(times: impl IntoIterator<Item = Timestamp>) -> BTreeSet<Timestamp> {
    let mut newest_first: Vec<Timestamp> = times.into_iter().collect();
    newest_first.sort_unstable_by(|a, b| b.cmp(a));
    let spans: [fn(DateTime<Utc>) -> Span; 3] = [
        |at| (at.date_naive(), at.hour()),
        |at| (at.date_naive(), 0),
        |at| (at.date_naive().with_day(1).unwrap_or_default(), 0),
    ];
    let mut kept = BTreeSet::new();
    for (span, count) in spans.iter().zip(KEPT) {
        let mut seen = BTreeSet::new();
        for at in &newest_first {
            if seen.len() < count && seen.insert(span(utc(*at))) {
                kept.insert(*at);
            }
        }
    }
    kept
}

fn utc(at: Timestamp) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(at.0).unwrap_or_default()
}

/// Copies the workspace in `data` to the new folder `to`, beside a running program, and verifies the copy.
///
/// The join link goes with it: a backup lets its holder into the workspace, so keep it as you keep the data.
///
/// # Errors
/// [`CareError`]; then `to` is not there.
pub fn back_up_blocking(data: &Path, to: &Path) -> Result<Held, CareError> {
    let store = data.join(STORE_FILE);
    if !store.exists() {
        return Err(CareError::Missing(data.to_owned()));
    }
    if to.exists() {
        return Err(CareError::Exists(to.to_owned()));
    }
    let mut draft = to.as_os_str().to_owned();
    draft.push(".partial");
    let draft = PathBuf::from(draft);
    let made = fill(data, &store, &draft);
    let placed = made.and_then(|held| {
        std::fs::rename(&draft, to).map_err(io("rename", &draft))?;
        Ok(held)
    });
    if placed.is_err() {
        // What is left of it is nobody's; if it cannot be removed, its name says what it is.
        std::fs::remove_dir_all(&draft).ok();
    }
    placed
}

/// Puts a backup, or an automatic copy, into a data folder that holds no workspace, and verifies it before and after.
///
/// # Errors
/// [`CareError`]; then the data folder holds no workspace still.
pub fn restore_blocking(from: &Path, data: &Path) -> Result<Held, CareError> {
    let store = if from.is_dir() {
        from.join(STORE_FILE)
    } else {
        from.to_owned()
    };
    if !store.exists() {
        return Err(CareError::Missing(from.to_owned()));
    }
    if data.join(STORE_FILE).exists() {
        return Err(CareError::InUse(data.to_owned()));
    }
    inspect(&store)?;
    // An automatic copy lies in the folder of copies of its data folder, and the link beside that.
    let beside = if from.is_dir() {
        Some(from.to_owned())
    } else {
        from.parent().and_then(Path::parent).map(Path::to_owned)
    };
    make_private(data)?;
    if let Some(link) = beside.map(|folder| folder.join(RELAY_FILE))
        && link.exists()
        && !data.join(RELAY_FILE).exists()
    {
        copy_file(&link, &data.join(RELAY_FILE))?;
    }
    // The store last: a folder without it is no workspace.
    put(&store, &data.join(STORE_FILE))?;
    inspect(&data.join(STORE_FILE))
}

fn fill(data: &Path, store: &Path, draft: &Path) -> Result<Held, CareError> {
    std::fs::create_dir(draft).map_err(io("make the folder", draft))?;
    make_private(draft)?;
    put(store, &draft.join(STORE_FILE))?;
    let link = data.join(RELAY_FILE);
    if link.exists() {
        copy_file(&link, &draft.join(RELAY_FILE))?;
    }
    inspect(&draft.join(STORE_FILE))
}

/// Copies a store under a draft's name and gives it its own when it is whole.
fn put(store: &Path, to: &Path) -> Result<(), CareError> {
    let draft = to.with_extension(DRAFT);
    if draft.exists() {
        // Left by a program that was killed while it copied.
        std::fs::remove_file(&draft).map_err(io("remove", &draft))?;
    }
    SqliteStore::copy(store, &draft)?;
    std::fs::rename(&draft, to).map_err(io("rename", &draft))
}

fn inspect(store: &Path) -> Result<Held, CareError> {
    let inspection: Inspection = SqliteStore::inspect(store)?;
    let documents: BTreeSet<DocumentId> = inspection.documents.keys().copied().collect();
    let of_documents = inspection.documents.values();
    let damaged: usize = of_documents.map(|document| document.damaged.len()).sum();
    if inspection.structure.is_some() || damaged > 0 {
        return Err(CareError::Damaged {
            path: store.to_owned(),
            damaged,
        });
    }
    Ok(Held {
        documents: documents.len(),
        changes: inspection.documents.values().map(|one| one.changes).sum(),
    })
}

fn copy_file(from: &Path, to: &Path) -> Result<(), CareError> {
    std::fs::copy(from, to).map_err(io("copy", from))?;
    Ok(())
}

/// Makes a folder that only its owner reads, if it is not there.
fn make_private(folder: &Path) -> Result<(), CareError> {
    std::fs::create_dir_all(folder).map_err(io("make the folder", folder))?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::Permissions::from_mode(0o700);
        std::fs::set_permissions(folder, mode).map_err(io("protect", folder))?;
    }
    Ok(())
}

fn io(action: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> CareError {
    let path = path.to_owned();
    move |source| CareError::Io {
        action,
        path,
        source,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn hours(count: i64) -> Timestamp {
        Timestamp(1_795_510_800_000 + count * HOUR_MS)
    }

    #[test]
    fn a_copy_is_due_after_an_hour_and_when_a_clock_went_back() {
        assert!(is_due(None, hours(0)), "a store without any copy");
        assert!(!is_due(Some(hours(0)), Timestamp(hours(1).0 - 1)));
        assert!(is_due(Some(hours(0)), hours(1)));
        assert!(is_due(Some(hours(5)), hours(1)));
    }

    #[test]
    fn two_years_of_hours_keep_a_day_a_month_and_a_year() {
        let kept = kept((0..2 * 365 * 24).map(hours));
        // 24 hours on two days, 28 days more, and 10 months more: the newest of two months are among the days.
        assert_eq!(kept.len(), 24 + 28 + 10);
        assert!(kept.contains(&hours(2 * 365 * 24 - 1)), "the newest");
        let oldest = kept.first().copied().unwrap();
        let months = (hours(2 * 365 * 24).0 - oldest.0) / (HOUR_MS * 24 * 30);
        assert!((10..=12).contains(&months), "{months}");
    }

    proptest! {
        #[test]
        fn the_newest_stays_and_pruning_again_changes_nothing(at in prop::collection::vec(0_i64..20_000, 1..300)) {
            let times: BTreeSet<Timestamp> = at.iter().map(|at| hours(*at)).collect();
            let once = kept(times.iter().copied());
            prop_assert!(once.contains(times.last().unwrap()));
            prop_assert!(once.len() <= KEPT.iter().sum());
            prop_assert_eq!(kept(once.iter().copied()), once);
        }
    }
}
