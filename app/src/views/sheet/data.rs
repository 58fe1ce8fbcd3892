//! What the side sheet shows of a record: its fields, figures that follow from it, its past, what leads to it.
//!
//! No drawing. Past, figures and links are gathered in the background.

use adjutant_base::RecordId;
use adjutant_model::query::{change, contract, health, licence, vendor};
use adjutant_model::schema::FieldInfo;
use adjutant_model::status::Rag;
use adjutant_model::{Board, FieldValue as _, Kind, PersonId};

use crate::format;
use crate::icons::{self, Icon};
use crate::theme::Tone;
use crate::views::Scene;
use crate::views::record::{Field, label, title};
use crate::views::register::data::Source;
use crate::views::register::past::{author, edit_values, moment};
use crate::widgets::cell::{Cell, Look};
use crate::widgets::table::Rows;

/// Records listed at most of those that lead to one.
const LINKS: usize = 400;

/// Fields that come last: what an import left.
const LAST: &[&str] = &["external_key", "source"];

/// The fields of a record as rows of a table.
#[derive(Debug)]
pub(super) struct FieldRows {
    rows: Vec<(Field, Cell<'static>)>,
}

impl FieldRows {
    /// Gathers the fields of a record; the twelve months of a budget line are the budget's.
    pub(super) fn of(scene: &Scene, kind: Kind, id: RecordId) -> Self {
        let values = scene.board.values(kind, id).unwrap_or_default();
        let infos = kind.fields().iter().filter(|info| !info.is_monthly);
        let infos = infos.filter(|info| !info.value_type.starts_with("heads"));
        let (last, first): (Vec<&FieldInfo>, Vec<&FieldInfo>) =
            infos.partition(|info| LAST.contains(&info.name));
        let meta = scene.board.meta(kind, id);
        let row = |info: &FieldInfo| {
            let name = info.name;
            let field = Field { kind, id, name };
            let (_, raw) = values.iter().find(|(known, _)| *known == name)?;
            let mut cell = field.cell(scene, raw);
            let has =
                |names: &dyn Fn(&adjutant_model::schema::Meta) -> bool| meta.is_some_and(names);
            if has(&|meta| meta.conflicts.iter().any(|one| one.field == name)) {
                cell.look = Look::Mark(Tone::Warn, icons::CONFLICTS);
                cell = cell.noted("Two people wrote this at once; the conflicts screen shows both");
            } else if has(&|meta| meta.problems.contains(&name)) {
                cell.look = Look::Mark(Tone::Bad, icons::ERROR);
                cell = cell.noted("This version does not understand the value; it is kept");
            }
            Some((field, cell))
        };
        Self {
            rows: first.into_iter().chain(last).filter_map(row).collect(),
        }
    }

    /// Returns the field of a row by what tells the row apart.
    pub(super) fn find(&self, id: RecordId) -> Option<Field> {
        let mut fields = self.rows.iter().map(|(field, _)| *field);
        fields.find(|field| row_id(field.name) == id)
    }
}

/// Returns what tells a field's row apart.
pub(super) fn row_id(name: &str) -> RecordId {
    RecordId::derived(&format!("field/{name}"))
}

impl Rows for FieldRows {
    fn len(&self) -> usize {
        self.rows.len()
    }

    fn id(&self, row: usize) -> Option<RecordId> {
        self.rows.get(row).map(|(field, _)| row_id(field.name))
    }

    fn cell(&self, row: usize, column: usize) -> Cell<'_> {
        match self.rows.get(row) {
            Some((field, _)) if column == 0 => Cell::new(Look::Quiet, label(field.name)),
            Some((_, cell)) => cell.lent(),
            None => Cell::new(Look::Plain, ""),
        }
    }
}

/// One line of a list in the sheet: an icon, a name, and smaller words under it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) icon: Icon,
    pub(super) name: String,
    pub(super) under: String,
    pub(super) aside: String,
    pub(super) leads_to: Option<(Kind, RecordId)>,
}

/// Returns the edits of a record, the newest first.
///
/// # Errors
/// Why the past cannot be read, for people.
pub(super) fn history(source: &Source, id: RecordId) -> Result<Vec<Line>, String> {
    let board = &source.scene.board;
    let offset_s = source.desk.status().utc_offset_s;
    let told = source.desk.past_blocking()?.story_of(id);
    let line = |told: &adjutant_client::Told| {
        let (from, to) = edit_values(board, told);
        let what = match (from.is_empty(), to.is_empty()) {
            (true, _) => to,
            (false, true) => format!("{from} \u{2192} nothing"),
            (false, false) => format!("{from} \u{2192} {to}"),
        };
        Line {
            icon: icons::HISTORY,
            name: format!("{}: {what}", label(&told.edit.field)),
            under: format!("{}, {}", author(board, told.edit.actor), told.edit.command),
            aside: moment(told.edit.time, offset_s),
            leads_to: None,
        }
    };
    Ok(told.iter().rev().map(line).collect())
}

/// Figures and links of a record.
#[derive(Debug, Default)]
pub(super) struct Around {
    pub(super) facts: Facts,
    pub(super) links: Vec<Line>,
}

/// Gathers the figures that follow from a record, and the records that it names or that name it.
///
/// Cost: one walk over all records.
pub(super) fn around(source: &Source, kind: Kind, id: RecordId) -> Around {
    Around {
        facts: facts(source, kind, id),
        links: links(&source.scene.board, kind, id),
    }
}

fn is_reference(info: &FieldInfo) -> bool {
    info.value_type == RecordId::TYPE || info.value_type == PersonId::TYPE
}

fn links(board: &Board, kind: Kind, id: RecordId) -> Vec<Line> {
    let line = |kind: Kind, id: RecordId, under: String| {
        let (icon, _) = crate::views::kind_look(kind);
        let name = match title(board, kind, id) {
            name if name.is_empty() => crate::views::record::kind_label(kind),
            name => name,
        };
        Line {
            icon,
            name,
            under,
            aside: String::new(),
            leads_to: Some((kind, id)),
        }
    };
    let named = kind.fields().iter().filter(|info| is_reference(info));
    let named = named.filter_map(|info| {
        let raw = Field {
            kind,
            id,
            name: info.name,
        }
        .raw(board);
        let other = RecordId::from_raw(&raw)?;
        let (other_kind, _) = board.find(other)?;
        Some(line(other_kind, other, label(info.name)))
    });
    let mut found: Vec<Line> = named.collect();
    for other in Kind::ALL.iter().filter(|kind| !kind.is_internal()) {
        let references: Vec<&str> = other
            .fields()
            .iter()
            .filter(|info| is_reference(info))
            .map(|info| info.name)
            .collect();
        if references.is_empty() {
            continue;
        }
        for record in board.records(*other) {
            let by = references
                .iter()
                .find(|name| record.reference(name) == Some(id));
            if let Some(by) = by
                && found.len() < LINKS
            {
                let words = format!(
                    "{}, {}",
                    crate::views::record::kind_label(*other),
                    label(by).to_lowercase()
                );
                found.push(line(*other, record.meta().id, words));
            }
        }
    }
    found
}

fn fact(name: &str, look: Look, words: impl Into<String>) -> (String, Cell<'static>) {
    (name.to_owned(), Cell::new(look, words.into()))
}

/// Figures of a record: what each is called, and its cell.
type Facts = Vec<(String, Cell<'static>)>;

/// What works figures out.
type Work = fn(&Source, RecordId) -> Facts;

/// Kinds with figures, and what works them out.
const FACTS: &[(Kind, Work)] = &[
    (Kind::Contract, contract_facts),
    (Kind::Vendor, vendor_facts),
    (Kind::Licence, licence_facts),
    (Kind::Project, project_facts),
    (Kind::Change, change_facts),
];

fn facts(source: &Source, kind: Kind, id: RecordId) -> Facts {
    let made = FACTS.iter().find(|(of, _)| *of == kind);
    made.map_or_else(Vec::new, |(_, make)| make(source, id))
}

fn contract_facts(source: &Source, id: RecordId) -> Facts {
    let (board, today) = (&source.scene.board, source.scene.today);
    let all = contract::all(board, today);
    let Some(figures) = all.into_iter().find(|one| one.contract.meta.id == id) else {
        return Vec::new();
    };
    let (tone, icon) = crate::views::register::contract_look(figures.state);
    let mut facts = vec![fact("Stands", Look::Tag(tone, icon), figures.state.label())];
    let days = [
        ("Act by", figures.act_by),
        ("Notice by", figures.notice_deadline),
        ("Term ends", figures.term.map(|term| term.last)),
    ];
    for (name, day) in days {
        facts.extend(day.map(|day| fact(name, Look::Plain, format::day(day, today))));
    }
    let value = figures.annual_value.map(|minor| {
        let currency = figures.contract.currency;
        let words = format!("{} {}", format::whole(minor, currency), currency.code());
        fact("A year", Look::Plain, words)
    });
    facts.extend(value);
    facts
}

fn vendor_facts(source: &Source, id: RecordId) -> Facts {
    let (board, today) = (&source.scene.board, source.scene.today);
    let all = vendor::all(board, today);
    let Some(card) = all.into_iter().find(|one| one.vendor.meta.id == id) else {
        return Vec::new();
    };
    let count = |name: &str, count: usize| fact(name, Look::Plain, format::count(count));
    let mut facts = vec![
        count("Contracts", card.contracts),
        count("Open invoices", card.open_invoices),
        count("Open actions", card.open_actions),
        count("Contacts", card.contacts),
    ];
    for (name, sums) in [
        ("Contracts a year", &card.annual_value),
        ("Spend", &card.spend),
    ] {
        let sums: Vec<String> = sums
            .iter()
            .map(|(currency, sum)| {
                format!("{} {}", format::whole(*sum, *currency), currency.code())
            })
            .collect();
        if !sums.is_empty() {
            facts.push(fact(name, Look::Plain, sums.join(", ")));
        }
    }
    let days = [("Act by", card.act_by), ("Last contact", card.last_contact)];
    for (name, day) in days {
        facts.extend(day.map(|day| fact(name, Look::Plain, format::day(day, today))));
    }
    let shares = [
        ("Delivered on time", card.performance.on_time_share()),
        ("Invoices that match", card.performance.matched_share()),
    ];
    for (name, share) in shares {
        facts.extend(share.map(|share| fact(name, Look::Plain, format!("{share} %"))));
    }
    facts
}

fn licence_facts(source: &Source, id: RecordId) -> Facts {
    let positions = licence::positions(&source.scene.board, source.scene.today);
    let Some(one) = positions.into_iter().find(|one| one.licences.contains(&id)) else {
        return Vec::new();
    };
    let mut facts = vec![
        fact("Seats", Look::Plain, one.seats.to_string()),
        fact("Assigned", Look::Plain, one.assigned.to_string()),
        fact("Free", Look::Plain, one.available.to_string()),
    ];
    facts.extend(
        one.in_use
            .map(|count| fact("In use", Look::Plain, count.to_string())),
    );
    let cost = |minor: i64| {
        format!(
            "{} {}",
            format::whole(minor, one.currency),
            one.currency.code()
        )
    };
    facts.extend(one.gap_cost.filter(|cost| *cost > 0).map(|minor| {
        fact(
            "Cost of the gap",
            Look::Mark(Tone::Bad, icons::ERROR),
            cost(minor),
        )
    }));
    facts.extend(
        one.shelf_cost
            .filter(|cost| *cost > 0)
            .map(|minor| fact("Cost of what is unused", Look::Plain, cost(minor))),
    );
    facts
}

fn project_facts(source: &Source, id: RecordId) -> Facts {
    let all = health::all(&source.scene.board, source.scene.today);
    let Some(health) = all.get(&id) else {
        return Vec::new();
    };
    let colour = |rag: Rag| match rag {
        Rag::Green => (Tone::Ok, icons::DONE),
        Rag::Amber => (Tone::Warn, icons::WARNING),
        Rag::Red => (Tone::Bad, icons::ERROR),
        Rag::Stale => (Tone::Neutral, icons::CLOCK),
    };
    let judged = |name: &str, judgement: &health::Judgement| {
        let (tone, icon) = colour(judgement.rag);
        let words = format!("{}: {}", judgement.rag.label(), judgement.reason);
        fact(name, Look::Mark(tone, icon), words)
    };
    let mut facts = vec![
        judged("Overall", &health.overall),
        judged("Schedule", &health.schedule),
    ];
    facts.extend(health.cost.as_ref().map(|cost| judged("Cost", cost)));
    facts
}

fn change_facts(source: &Source, id: RecordId) -> Facts {
    let (board, today) = (&source.scene.board, source.scene.today);
    let all = change::all(board, today);
    let Some(figures) = all.into_iter().find(|one| one.change.meta.id == id) else {
        return Vec::new();
    };
    let warnings = figures.warnings.iter().map(|warning| {
        let words = label(warning.words());
        fact("Look at", Look::Mark(Tone::Warn, icons::WARNING), words)
    });
    let messages = figures.plan.iter().map(|message| {
        let (tone, icon) = match message.progress {
            change::Progress::Sent | change::Progress::Dropped => (Tone::Ok, icons::DONE),
            change::Progress::Missing | change::Progress::Draft | change::Progress::Approved
                if message.is_overdue =>
            {
                (Tone::Bad, icons::ERROR)
            }
            change::Progress::Missing | change::Progress::Draft | change::Progress::Approved => {
                (Tone::Neutral, icons::TO_DO)
            }
        };
        let words = format!(
            "{}, {}",
            label(&message.step),
            format::day(message.day, today)
        );
        fact("Message", Look::Mark(tone, icon), words)
    });
    warnings.chain(messages).collect()
}
