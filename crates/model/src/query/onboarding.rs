//! Checklists of people who come and go: making them, and when their items are due.
//!
//! Items get ids derived from checklist and template, so making a checklist on two devices makes it once. An offboarding
//! has one item for every access and every seat that the person has.

use std::sync::Arc;

use adjutant_base::RecordId;
use chrono::NaiveDate;

use crate::board::Board;
use crate::calendar::{WorkingCalendar, add_days};
use crate::command::Command;
use crate::onboarding::{
    AccessGrant, Checklist, ChecklistField, ChecklistItem, ChecklistItemField, ChecklistKind,
    ChecklistTemplateField, DayUnit, TemplateItemField,
};
use crate::people::{PersonField, PersonId};
use crate::quantity::Offset;
use crate::settings::{Rules, SettingsField, settings_id};

/// The items of an onboarding where no template is chosen: working days from the first day, what is to be done.
pub const ONBOARDING: &[(i64, &str)] = &[
    (-14, "Request equipment"),
    (-10, "Reserve licence seats"),
    (-5, "Create accounts, disabled"),
    (-3, "Ship the laptop, if remote"),
    (-1, "Activate the accounts"),
    (0, "First sign-in, second factor and orientation"),
    (1, "Verify every access"),
    (5, "Check-in talk"),
    (14, "Review accesses that are not used"),
    (30, "Sign-off"),
];

/// The items of an offboarding beside accesses and seats.
pub const OFFBOARDING: &[(i64, &str)] = &[
    (-5, "Plan the handover"),
    (0, "Collect equipment"),
    (0, "Disable the accounts"),
    (5, "Hand over mailbox and files"),
    (30, "Delete the accounts"),
];

/// Which checklist to make.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Start {
    /// Id of the checklist.
    pub id: RecordId,
    /// What it is for.
    pub kind: ChecklistKind,
    /// Its name.
    pub title: String,
    /// The person who comes or goes.
    pub person: PersonId,
    /// First or last day at work.
    pub day: NaiveDate,
    /// Template; that of the settings if none, and the built-in items if they name none either.
    pub template: Option<RecordId>,
}

/// Returns the commands that make the built-in items a template which can be edited, and the settings' choice.
///
/// Its ids are the same on every device. What is there already stays as it is: nothing that was edited comes back.
pub fn make_template(board: &Board, kind: ChecklistKind) -> Vec<Command> {
    let template = RecordId::derived(&format!("checklist template/{}", kind.name()));
    let is_there = |id: RecordId| board.find(id).is_some() || board.deleted.get(&id).is_some();
    let mut commands = Vec::new();
    if !is_there(template) {
        let fields = vec![
            ChecklistTemplateField::Name(kind.label().to_owned()),
            ChecklistTemplateField::Kind(kind),
        ];
        commands.push(Command::create(template, fields));
        for (offset, title) in built_in(kind) {
            let fields = vec![
                TemplateItemField::Template(Some(template)),
                TemplateItemField::Title((*title).to_owned()),
                TemplateItemField::Offset(Offset(*offset)),
            ];
            let id = RecordId::derived(&format!("template item/{template}/{title}"));
            commands.push(Command::create(id, fields));
        }
    }
    let chosen = match kind {
        ChecklistKind::Onboarding => SettingsField::OnboardingTemplate(Some(template)),
        ChecklistKind::Offboarding => SettingsField::OffboardingTemplate(Some(template)),
        ChecklistKind::Other => return commands,
    };
    if Rules::of(board).template(kind) != Some(template) {
        commands.push(Command::create(settings_id(), vec![chosen]));
    }
    commands
}

fn built_in(kind: ChecklistKind) -> &'static [(i64, &'static str)] {
    match kind {
        ChecklistKind::Onboarding => ONBOARDING,
        ChecklistKind::Offboarding => OFFBOARDING,
        ChecklistKind::Other => &[],
    }
}

/// Returns the commands that make a checklist.
pub fn start(board: &Board, start: &Start) -> Vec<Command> {
    let by_settings = Rules::of(board).template(start.kind);
    let template = start.template.or(by_settings);
    let template = template.filter(|id| board.checklist_templates.get(id).is_some());
    let mut commands = vec![Command::create(
        start.id,
        vec![
            ChecklistField::Title(start.title.clone()),
            ChecklistField::Kind(start.kind),
            ChecklistField::Person(Some(start.person)),
            ChecklistField::Day(Some(start.day)),
            ChecklistField::Template(template),
        ],
    )];
    let mut add = |key: &str, mut fields: Vec<ChecklistItemField>| {
        fields.push(ChecklistItemField::Checklist(Some(start.id)));
        let id = RecordId::derived(&format!("checklist item/{}/{key}", start.id));
        commands.push(Command::create(id, fields));
    };
    if let Some(template) = template {
        for (id, item) in &board.template_items {
            if item.template == Some(template) {
                let fields = vec![
                    ChecklistItemField::Title(item.title.clone()),
                    ChecklistItemField::Offset(item.offset),
                    ChecklistItemField::Unit(item.unit),
                    ChecklistItemField::Owner(item.owner),
                    ChecklistItemField::Evidence(item.evidence.clone()),
                ];
                add(&id.to_string(), fields);
            }
        }
    } else {
        for (offset, title) in built_in(start.kind) {
            let fields = vec![
                ChecklistItemField::Title((*title).to_owned()),
                ChecklistItemField::Offset(Offset(*offset)),
            ];
            add(title, fields);
        }
    }
    if start.kind == ChecklistKind::Offboarding {
        for (about, title) in held_by(board, start.person, start.day) {
            let fields = vec![
                ChecklistItemField::Title(title),
                ChecklistItemField::About(Some(about)),
            ];
            add(&about.to_string(), fields);
        }
        commands.extend(leaving(board, start));
    }
    commands
}

/// Returns the command that says when the person goes, unless somebody has said so: by it, accesses and seats that stay
/// open are found.
fn leaving(board: &Board, start: &Start) -> Option<Command> {
    let person = board.people.get(&start.person.0)?;
    let fields = vec![PersonField::LeftOn(Some(start.day))];
    (person.left_on.is_none()).then(|| Command::edit(start.person.0, fields))
}

/// Returns the accesses and seats that a person has on a day, with what is to be done when the person goes.
fn held_by(board: &Board, person: PersonId, day: NaiveDate) -> Vec<(RecordId, String)> {
    let grants = access_list(board, person);
    let grants = grants.iter().map(|grant| {
        (
            grant.meta.id,
            format!("Revoke {} {}", grant.system, grant.level)
                .trim_end()
                .to_owned(),
        )
    });
    let seats = (&board.assignments)
        .into_iter()
        .filter(|(_, seat)| seat.person == Some(person) && seat.to.is_none_or(|to| to >= day));
    let seats = seats.map(|(id, seat)| {
        let licence = seat.licence.and_then(|id| board.licences.get(&id));
        let product = licence.map_or("licence", |licence| licence.product.as_str());
        (*id, format!("Take back the seat of {product}"))
    });
    grants.chain(seats).collect()
}

/// Returns the accesses that a person has, in the order in which they were given.
pub fn access_list(board: &Board, person: PersonId) -> Vec<Arc<AccessGrant>> {
    (&board.access_grants)
        .into_iter()
        .filter(|(_, grant)| grant.person == Some(person) && grant.revoked_on.is_none())
        .map(|(_, grant)| Arc::clone(grant))
        .collect()
}

/// Returns the day by which an item is due; of one that is done, the day on which it was.
pub fn due(
    checklist: &Checklist,
    item: &ChecklistItem,
    calendar: &WorkingCalendar,
) -> Option<NaiveDate> {
    if item.done_on.is_some() {
        return item.done_on;
    }
    let day = checklist.day?;
    Some(match item.unit {
        DayUnit::Calendar => add_days(day, item.offset.0),
        // Zero is the day itself, worked or not.
        DayUnit::Working if item.offset.0 == 0 => day,
        DayUnit::Working if item.offset.0 > 0 => {
            calendar.add_working_days(calendar.on_or_before(day), item.offset.0)
        }
        DayUnit::Working => calendar.add_working_days(day, item.offset.0),
    })
}

/// Tells whether nothing is to be done for an item any more.
pub fn is_settled(item: &ChecklistItem) -> bool {
    item.done_on.is_some() || item.is_dropped
}

/// How far a checklist has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// The checklist.
    pub checklist: Arc<Checklist>,
    /// Its items with their due days, by day.
    pub items: Vec<(Arc<ChecklistItem>, Option<NaiveDate>)>,
    /// Items that are done or not needed.
    pub settled: usize,
    /// Items that are open and past their day.
    pub overdue: usize,
    /// Calendar days until its day; below zero after it.
    pub days_left: Option<i64>,
}

/// Returns all checklists with their items, by day, those without one last.
pub fn all(board: &Board, today: NaiveDate, calendar: &WorkingCalendar) -> Vec<Progress> {
    let mut items_of: std::collections::BTreeMap<RecordId, Vec<&Arc<ChecklistItem>>> =
        std::collections::BTreeMap::new();
    for (_, item) in &board.checklist_items {
        if let Some(checklist) = item.checklist {
            items_of.entry(checklist).or_default().push(item);
        }
    }
    let mut all: Vec<Progress> = (&board.checklists)
        .into_iter()
        .map(|(id, checklist)| {
            let items = items_of.remove(id).unwrap_or_default();
            let mut items: Vec<_> = items
                .into_iter()
                .map(|item| (Arc::clone(item), due(checklist, item, calendar)))
                .collect();
            items.sort_by_key(|(_, due)| (due.is_none(), *due));
            let open = items.iter().filter(|(item, _)| !is_settled(item));
            let overdue = open
                .filter(|(_, due)| due.is_some_and(|due| due < today))
                .count();
            Progress {
                settled: items.iter().filter(|(item, _)| is_settled(item)).count(),
                overdue,
                days_left: checklist
                    .day
                    .map(|day| day.signed_duration_since(today).num_days()),
                checklist: Arc::clone(checklist),
                items,
            }
        })
        .collect();
    all.sort_by_key(|one| (one.checklist.day.is_none(), one.checklist.day));
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::desk::{Desk, day, id};
    use crate::kind::Kind;

    fn begin(desk: &mut Desk, kind: ChecklistKind) {
        let start_of = Start {
            id: id("list"),
            kind,
            title: "Cleo".into(),
            person: PersonId::of_name("Cleo"),
            day: day("2027-01-04"),
            template: None,
        };
        for command in start(desk.board(), &start_of) {
            desk.run(&command).unwrap();
        }
    }

    fn list(desk: &Desk) -> Progress {
        all(desk.board(), day("2026-12-20"), &WorkingCalendar::default()).remove(0)
    }

    #[test]
    fn moving_the_first_day_moves_what_is_open() {
        let mut desk = Desk::new();
        begin(&mut desk, ChecklistKind::Onboarding);
        let before = list(&desk);
        assert_eq!(before.items.len(), ONBOARDING.len());
        assert_eq!(before.items[0].1, Some(day("2026-12-15")));
        assert_eq!((before.overdue, before.days_left), (1, Some(15)));
        let done = before.items[0].0.meta.id;
        let fields = vec![ChecklistItemField::DoneOn(Some(day("2026-12-14")))];
        desk.run(&Command::edit(done, fields)).unwrap();
        desk.put(Kind::Checklist, "list", &[("day", "2027-02-01")]);
        let after = list(&desk);
        assert_eq!(after.items[0].1, Some(day("2026-12-14")));
        assert_eq!(after.items[1].1, Some(day("2027-01-18")));
        assert_eq!((after.settled, after.overdue), (1, 0));
    }

    #[test]
    fn the_built_in_items_become_a_template_that_can_be_edited() {
        let mut desk = Desk::new();
        for command in make_template(desk.board(), ChecklistKind::Onboarding) {
            desk.run(&command).unwrap();
        }
        assert_eq!(make_template(desk.board(), ChecklistKind::Onboarding), []);
        let items = desk.board().ids(Kind::TemplateItem);
        assert_eq!(items.len(), ONBOARDING.len());
        for (at, item) in items.into_iter().enumerate() {
            let command = if at < 9 {
                Command::Delete {
                    kind: Kind::TemplateItem,
                    id: item,
                }
            } else {
                Command::edit(item, vec![TemplateItemField::Title("Only this".to_owned())])
            };
            desk.run(&command).unwrap();
        }
        assert_eq!(make_template(desk.board(), ChecklistKind::Onboarding), []);
        begin(&mut desk, ChecklistKind::Onboarding);
        let titles: Vec<_> = list(&desk)
            .items
            .iter()
            .map(|(item, _)| item.title.clone())
            .collect();
        assert_eq!(titles, ["Only this"]);
        // A template that has gone leaves the built-in items.
        let template = Rules::of(desk.board()).onboarding_template.unwrap();
        desk.run(&Command::Delete {
            kind: Kind::ChecklistTemplate,
            id: template,
        })
        .unwrap();
        let start_of = Start {
            id: id("other"),
            kind: ChecklistKind::Onboarding,
            title: "Dana".into(),
            person: PersonId::of_name("Dana"),
            day: day("2027-01-04"),
            template: None,
        };
        assert_eq!(start(desk.board(), &start_of).len(), 1 + ONBOARDING.len());
    }

    #[test]
    fn leaving_takes_back_every_access_and_seat() {
        let mut desk = Desk::new();
        desk.put(
            Kind::AccessGrant,
            "g",
            &[("system", "ERP"), ("person", "Cleo"), ("level", "admin")],
        );
        desk.put(
            Kind::AccessGrant,
            "old",
            &[
                ("system", "VPN"),
                ("person", "Cleo"),
                ("revoked_on", "2026-01-01"),
            ],
        );
        desk.put(
            Kind::AccessGrant,
            "other",
            &[("system", "VPN"), ("person", "Anna")],
        );
        let cleo = PersonId::of_name("Cleo").0;
        let fields = vec![PersonField::Name("Cleo".into())];
        desk.run(&Command::create(cleo, fields)).unwrap();
        desk.put(Kind::Licence, "l", &[("product", "Visio"), ("seats", "5")]);
        desk.put(
            Kind::Assignment,
            "a",
            &[("licence", "l"), ("person", "Cleo")],
        );
        begin(&mut desk, ChecklistKind::Offboarding);
        let about: Vec<_> = list(&desk)
            .items
            .into_iter()
            .filter(|(i, _)| i.about.is_some())
            .map(|(i, _)| i.title.clone())
            .collect();
        assert_eq!(about, ["Revoke ERP admin", "Take back the seat of Visio"]);
        // From then on, what stays open is found.
        let left = desk.board().people.get(&cleo).unwrap().left_on;
        assert_eq!(left, list(&desk).checklist.day);
        let later = add_days(left.unwrap(), 1);
        let found = crate::query::finding::all(desk.board(), later);
        let rules = found.iter().map(|one| one.rule.name());
        assert_eq!(rules.collect::<Vec<_>>(), ["licence", "leaver"]);
        let count = desk.board().count(Kind::ChecklistItem);
        begin(&mut desk, ChecklistKind::Offboarding);
        assert_eq!(desk.board().count(Kind::ChecklistItem), count);
    }

    #[test]
    fn calendar_days_are_counted_as_such() {
        let mut desk = Desk::new();
        begin(&mut desk, ChecklistKind::Other);
        desk.put(
            Kind::ChecklistItem,
            "i",
            &[
                ("checklist", "list"),
                ("title", "x"),
                ("offset", "-2"),
                ("unit", "cd"),
            ],
        );
        assert_eq!(list(&desk).items[0].1, Some(day("2027-01-02")));
    }
}
