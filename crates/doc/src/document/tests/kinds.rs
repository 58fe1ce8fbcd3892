//! Commands on every kind of record, on two devices that meet now and then: whatever they do, they converge, every
//! question about the merged board has an answer, and no field that either wrote is lost.

use proptest::prelude::*;

use super::*;
use adjutant_base::CompartmentId;
use adjutant_model::money::Currency;
use adjutant_model::query;
use adjutant_model::{Board, Command, Context, Fields, Kind};
use chrono::NaiveDate;

/// Names per kind: few, so that devices meet at the same records.
const NAMES: usize = 2;

#[derive(Debug, Clone)]
enum Step {
    Make(usize, usize, usize, Vec<(prop::sample::Index, usize)>),
    Edit(usize, usize, usize, Vec<(prop::sample::Index, usize)>),
    Delete(usize, usize, usize),
    Restore(usize, usize, usize),
    /// Carries out a few of the commands that queries offer, as one batch.
    Offered(usize, prop::sample::Index, usize),
    Meet,
}

fn step() -> impl Strategy<Value = Step> {
    let fields = || prop::collection::vec((any::<prop::sample::Index>(), 0_usize..12), 0..6);
    let (device, kind, name) = (0..2_usize, 0..Kind::ALL.len(), 0..NAMES);
    prop_oneof![
        6 => (device.clone(), kind.clone(), name.clone(), fields()).prop_map(|(d, k, n, f)| Step::Make(d, k, n, f)),
        6 => (device.clone(), kind.clone(), name.clone(), fields()).prop_map(|(d, k, n, f)| Step::Edit(d, k, n, f)),
        1 => (device.clone(), kind.clone(), name.clone()).prop_map(|(d, k, n)| Step::Delete(d, k, n)),
        1 => (device.clone(), kind, name).prop_map(|(d, k, n)| Step::Restore(d, k, n)),
        3 => (device, any::<prop::sample::Index>(), 1..6_usize).prop_map(|(d, at, n)| Step::Offered(d, at, n)),
        2 => Just(Step::Meet),
    ]
}

fn id_of(kind: Kind, name: usize) -> RecordId {
    RecordId::derived(&format!("{}/{name}", kind.name()))
}

/// A text that the field takes, by its type; `None` where the choice has none.
fn input(kind: Kind, name: usize, field: &str, choice: usize) -> Option<String> {
    let info = kind.fields().iter().find(|info| info.name == field)?;
    if info.value_type.starts_with("heads of every document") {
        // Only the program itself notes one.
        return None;
    }
    if let Some((_, parent)) = kind.parent_field().filter(|(parent, _)| *parent == field) {
        return Some(id_of(parent, name).to_string());
    }
    if let Some(words) = info.value_type.strip_prefix("one of ") {
        let words: Vec<&str> = words.split_whitespace().collect();
        return words
            .get(choice % words.len())
            .map(|word| (*word).to_owned());
    }
    let kinds = [
        Kind::Task,
        Kind::BudgetLine,
        Kind::Contract,
        Kind::OrderLine,
        Kind::Vendor,
        Kind::PurchaseOrder,
    ];
    Some(match info.value_type {
        "record id" => id_of(kinds[choice % kinds.len()], choice % NAMES).to_string(),
        "date" => ["2026-01-31", "2026-11-25", "2027-02-28", "9999-12-31"][choice % 4].to_owned(),
        "yes or no" => ["yes", "no"][choice % 2].to_owned(),
        "line" | "prose" => ["a", "b", "key"][choice % 3].to_owned(),
        "person" => ["Anna", "Bert"][choice % 2].to_owned(),
        "currency (ISO 4217 code)" => ["EUR", "USD"][choice % 2].to_owned(),
        other if other.starts_with("amount with its currency") => {
            ["USD 12.50", "JPY 7"][choice % 2].to_owned()
        }
        other if other.starts_with("days, most first") => "90 30".to_owned(),
        other if other.starts_with("messages") => {
            ["none", "notice -2, done end 0"][choice % 2].to_owned()
        }
        other if other.starts_with("recurrence") => "FREQ=WEEKLY".to_owned(),
        other if other.starts_with("heads") => ["1f", "2e", "3d"][choice % 3].repeat(32),
        other if other.starts_with("weekdays") => "mon-fri".to_owned(),
        other if other.starts_with("local moment") => {
            ["2026-12-05T22:00", "2026-12-06T04:00"][choice % 2].to_owned()
        }
        other if other.starts_with("time of day") => ["22:00", "04:00"][choice % 2].to_owned(),
        _ => ["1", "2", "3"][choice % 3].to_owned(),
    })
}

fn fields_of(
    kind: Kind,
    name: usize,
    picks: &[(prop::sample::Index, usize)],
    with_required: bool,
) -> Option<Fields> {
    let mut inputs: BTreeMap<String, String> = BTreeMap::new();
    if with_required {
        for field in kind.required() {
            inputs.insert((*field).to_owned(), input(kind, name, field, name)?);
        }
    }
    for (at, choice) in picks {
        let info = kind.fields()[at.index(kind.fields().len())];
        if kind
            .parent_field()
            .is_some_and(|(parent, _)| parent == info.name)
        {
            continue;
        }
        let field = if info.is_monthly {
            format!("{}_{:02}", info.name, choice + 1)
        } else {
            info.name.to_owned()
        };
        let text = if info.is_monthly {
            Some(choice.to_string())
        } else {
            input(kind, name, info.name, *choice)
        };
        inputs.insert(field, text?);
    }
    let inputs = inputs
        .iter()
        .map(|(field, text)| (field.as_str(), text.as_str()));
    Fields::from_input(kind, inputs, Currency::EUR).ok()
}

#[derive(Default)]
struct Device {
    number: u8,
    documents: BTreeMap<DocumentId, Document>,
    board: Board,
    /// What this device wrote since the two met, prose aside: that merges letter by letter.
    wrote: BTreeMap<(DocumentId, &'static str, RecordId, &'static str), Raw>,
}

impl Device {
    fn run(&mut self, command: &Command) {
        let context = Context {
            compartment: CompartmentId([1; 6]),
            // The two live in different years, as devices do around New Year.
            today: NaiveDate::from_ymd_opt(2026 + i32::from(self.number), 1, 1).unwrap(),
            now: Timestamp(1_795_000_000_000),
        };
        let Ok(plan) = adjutant_model::command::plan(&self.board, &context, command) else {
            return;
        };
        let mut writes: BTreeMap<DocumentId, Vec<Write>> = BTreeMap::new();
        for write in plan.writes {
            writes.entry(write.document).or_default().push(write);
        }
        for (id, writes) in writes {
            let document = self
                .documents
                .entry(id)
                .or_insert_with(|| Document::empty(id));
            let committed = document.write(&writes, &author(self.number + 1)).unwrap();
            for data in committed.touched {
                self.board.put(id, &data);
            }
            for (write, _) in committed.replaced {
                if !matches!(write.value, Raw::Prose(_)) {
                    self.wrote
                        .insert((id, write.kind, write.record, write.field), write.value);
                }
            }
        }
    }

    fn take(&mut self, id: DocumentId, changes: &[StoredChange]) {
        let document = self
            .documents
            .entry(id)
            .or_insert_with(|| Document::empty(id));
        let applied = document.apply(changes.iter().cloned());
        assert!(applied.quarantined.is_empty() && applied.missing.is_empty());
        for data in applied.touched {
            self.board.put(id, &data);
        }
    }
}

fn meet(devices: &mut [Device; 2]) {
    let [here, there] = devices;
    let ids: BTreeSet<DocumentId> = here
        .documents
        .keys()
        .chain(there.documents.keys())
        .copied()
        .collect();
    for id in &ids {
        let ours = here.documents.get(id).map(changes_of).unwrap_or_default();
        let theirs = there.documents.get(id).map(changes_of).unwrap_or_default();
        here.take(*id, &theirs);
        there.take(*id, &ours);
        let hash = |device: &Device| device.documents.get(id).map(Document::content_hash);
        assert_eq!(hash(here), hash(there));
    }
    for kind in Kind::ALL {
        assert_eq!(here.board.ids(*kind), there.board.ids(*kind), "{kind:?}");
        for id in here.board.ids(*kind) {
            assert_eq!(here.board.values(*kind, id), there.board.values(*kind, id));
        }
    }
    for device in [&*here, &*there] {
        for ((document, kind, record, field), value) in &device.wrote {
            let data = here.documents[document].record(kind, *record).unwrap();
            let stands = data.fields.get(*field).unwrap_or(&Raw::Null) == value;
            let conflict = data
                .conflicts
                .iter()
                .find(|conflict| conflict.field == *field);
            let kept = conflict.is_some_and(|c| c.losers.iter().any(|loser| loser.value == *value));
            assert!(stands || kept, "{kind} {field}: {value:?} is lost");
        }
    }
    answer_everything(&here.board);
    here.wrote.clear();
    there.wrote.clear();
}

fn today() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 11, 25).unwrap()
}

/// Asks what a merged state could trip over, and checks that what is broken is found and nothing else is.
fn answer_everything(board: &Board) {
    use query::finding::Rule;
    let today = today();
    let found = query::finding::all(board, today);
    assert!(
        found
            .iter()
            .all(|one| board.meta(one.kind, one.id).is_some())
    );
    let has = |rule: Rule, id: RecordId| found.iter().any(|one| one.rule == rule && one.id == id);
    for kind in Kind::ALL {
        let Some((field, parent)) = kind.parent_field() else {
            continue;
        };
        for record in board.records(*kind) {
            let id = record.meta().id;
            let above = record.reference(field);
            let is_orphan = above.is_none_or(|above| board.meta(parent, above).is_none());
            assert_eq!(has(Rule::Orphan, id), is_orphan, "{kind:?}");
        }
    }
    for schedule in query::schedule::all(board, today) {
        if schedule.project.status.is_open() {
            for (dependency, _) in &schedule.inactive {
                assert!(has(Rule::Dependency, dependency.meta.id));
            }
        }
    }
    for changed in query::budget::close::changed_after_closing(board) {
        assert!(has(Rule::Reopened, changed.close.meta.id));
    }
    for invoice in query::procurement::invoices(board, today) {
        if invoice.routing.is_self_approved {
            assert!(has(Rule::Approval, invoice.invoice.meta.id));
        }
    }
    query::obligation::all(board, today, today);
    query::health::all(board, today);
    query::vendor::all(board, today);
    query::portfolio::all(board, today);
    let rules = query::overview::Rules::of(board);
    query::overview::Overview::of(board, today, &rules);
    adjutant_model::report::briefing(board, today);
}

/// Returns the commands that the queries offer on a board: mending, taking note, closing, drafting, beginning.
fn offered(board: &Board) -> Vec<Command> {
    use adjutant_model::onboarding::ChecklistKind;
    let (today, new) = (today(), |what: &str, of: RecordId| {
        RecordId::derived(&format!("{what}/{of}"))
    });
    let findings = query::finding::all(board, today);
    let mut offered: Vec<Command> = findings
        .into_iter()
        .filter_map(|one| one.fix.clone())
        .collect();
    let obligations = query::obligation::all(board, today, today);
    offered.extend(
        obligations
            .iter()
            .filter_map(|one| one.acknowledge(None, today, "")),
    );
    let rules = adjutant_model::settings::Rules::of(board);
    for change in query::change::all(board, today) {
        offered.extend(query::change::begin_messages(&change, &rules));
    }
    for project in board.ids(Kind::Project) {
        let taking = query::baseline::Taking {
            project,
            name: "Baseline".into(),
            taken_on: today,
            taken_by: None,
            reason: String::new(),
        };
        let id = new("baseline", project);
        offered.extend(query::baseline::take(board, id, &taking).unwrap_or_default());
        let id = new("update", project);
        offered.extend(query::status::draft(board, project, id, (today, None)));
    }
    for update in board.ids(Kind::StatusUpdate) {
        offered.extend(query::status::issue(board, update, today).unwrap_or_default());
    }
    for budget in board.ids(Kind::Budget) {
        let first = adjutant_model::calendar::Period::new(1).unwrap();
        offered.extend(query::budget::close::close(
            board, budget, first, today, None,
        ));
        let draft = query::budget::phasing::Draft {
            from: budget,
            id: new("next", budget),
            name: "Next".into(),
            growth_basis_points: 0,
            uplifts: BTreeMap::new(),
        };
        offered.extend(query::budget::phasing::draft_next_year(board, &draft).unwrap_or_default());
    }
    for due in query::recurring::due(board, today).iter().take(2) {
        offered.push(due.make(adjutant_model::action::ActionState::Done, Some(today)));
    }
    offered.extend(query::onboarding::make_template(
        board,
        ChecklistKind::Onboarding,
    ));
    for person in board.ids(Kind::Person) {
        let start = query::onboarding::Start {
            id: new("leaving", person),
            kind: ChecklistKind::Offboarding,
            title: "Leaving".into(),
            person: adjutant_model::PersonId(person),
            day: today,
            template: None,
        };
        offered.extend(query::onboarding::start(board, &start));
    }
    offered
}

/// Writes one field past every rule and returns what the board shows of it.
fn stored(document: &mut Document, kind: Kind, field: &'static str, value: Raw) -> Raw {
    let (id, record) = (document.id(), id_of(kind, 0));
    let write = Write {
        document: id,
        kind: kind.name(),
        record,
        field,
        value,
    };
    document.write(&[write], &author(1)).unwrap();
    let mut board = Board::default();
    board.put(id, &document.record(kind.name(), record).unwrap());
    let values = board.values(kind, record).unwrap();
    let found = values.into_iter().find(|(name, _)| *name == field);
    found.unwrap().1
}

#[test]
fn every_field_of_every_kind_survives_the_document() {
    for kind in Kind::ALL {
        let mut document = Document::empty(document_id());
        let typed = |info: &&adjutant_model::schema::FieldInfo| {
            info.is_monthly || input(*kind, 0, info.name, 0).is_some()
        };
        for info in kind.fields().iter().filter(typed) {
            for choice in 0..4 {
                let (field, text) = if info.is_monthly {
                    (format!("{}_{:02}", info.name, choice + 1), "7".to_owned())
                } else {
                    (
                        info.name.to_owned(),
                        input(*kind, 0, info.name, choice).unwrap(),
                    )
                };
                let inputs = [(field.as_str(), text.as_str())];
                let fields = Fields::from_input(*kind, inputs, Currency::EUR).unwrap();
                for (field, value, verdict) in fields.raws() {
                    verdict.unwrap();
                    let shown = stored(&mut document, *kind, field, value.clone());
                    assert_eq!(shown, value, "{kind:?} {field}");
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn two_devices_that_do_anything_converge_and_lose_nothing(steps in prop::collection::vec(step(), 1..60)) {
        let mut devices = [Device::default(), Device { number: 1, ..Device::default() }];
        for step in &steps {
            let all = Kind::ALL;
            match step {
                Step::Make(device, kind, name, picks) => {
                    // Parents first, so that few commands are refused.
                    let mut line = vec![all[*kind]];
                    while let Some((_, parent)) = line.last().and_then(|kind| kind.parent_field()) {
                        line.push(parent);
                    }
                    for kind in line.iter().skip(1).rev() {
                        if devices[*device].board.meta(*kind, id_of(*kind, *name)).is_none() {
                            let fields = fields_of(*kind, *name, &[], true).unwrap();
                            devices[*device].run(&Command::Create { id: id_of(*kind, *name), fields });
                        }
                    }
                    if let Some(fields) = fields_of(all[*kind], *name, picks, true) {
                        devices[*device].run(&Command::Create { id: id_of(all[*kind], *name), fields });
                    }
                }
                Step::Edit(device, kind, name, picks) => {
                    if let Some(fields) = fields_of(all[*kind], *name, picks, false) {
                        devices[*device].run(&Command::Edit { id: id_of(all[*kind], *name), fields });
                    }
                }
                Step::Delete(device, kind, name) => {
                    devices[*device].run(&Command::Delete { kind: all[*kind], id: id_of(all[*kind], *name) });
                }
                Step::Restore(device, kind, name) => {
                    devices[*device].run(&Command::Restore { kind: all[*kind], id: id_of(all[*kind], *name) });
                }
                Step::Offered(device, at, count) => {
                    let mut offered = offered(&devices[*device].board);
                    if !offered.is_empty() {
                        let from = at.index(offered.len());
                        offered.rotate_left(from);
                        offered.truncate(*count);
                        let batch = Command::Batch { label: "as offered".to_owned(), commands: offered };
                        devices[*device].run(&batch);
                    }
                }
                Step::Meet => meet(&mut devices),
            }
        }
        meet(&mut devices);
    }
}
