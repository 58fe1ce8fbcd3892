//! What a meeting shows: topics, what earlier meetings left open, and the minutes by topic.
//!
//! No drawing: the agenda is the model's, only its order and words are made here.

use adjutant_base::RecordId;
use adjutant_model::meeting::{MinutesState, TopicState};
use adjutant_model::query::meeting::{Agenda, agenda, outcome};
use adjutant_model::{Kind, PersonId};

use crate::format;
use crate::icons::{self, Icon};
use crate::theme::Tone;
use crate::views::Scene;
use crate::views::register::data::ranked;

/// Everything on the screen of a meeting.
#[derive(Debug)]
pub(super) struct MeetingData {
    /// The agenda with its meeting.
    pub(super) agenda: Agenda,
    /// The minutes, topic by topic; what belongs to none comes first.
    pub(super) groups: Vec<Group>,
    /// What earlier meetings and the work left to talk about.
    pub(super) carried: Vec<Carried>,
    /// Who is or was to be there.
    pub(super) people: Vec<(RecordId, String, &'static str, Tone)>,
}

/// The minutes of one topic.
#[derive(Debug)]
pub(super) struct Group {
    pub(super) topic: Option<RecordId>,
    pub(super) title: String,
    pub(super) entries: Vec<Entry>,
}

/// One line of minutes, decision or action.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) kind: Kind,
    pub(super) id: RecordId,
    pub(super) words: String,
    pub(super) aside: String,
    pub(super) owner: String,
}

/// Something to talk about that nobody has put on the agenda yet.
#[derive(Debug)]
pub(super) struct Carried {
    pub(super) icon: Icon,
    pub(super) tone: Tone,
    pub(super) kind: Kind,
    pub(super) id: RecordId,
    pub(super) words: String,
    pub(super) aside: String,
}

/// Gathers a meeting; `None` if it is not on the board.
///
/// Cost: that of the model's agenda, and one walk over minutes, decisions and actions.
pub(super) fn meeting_data(scene: &Scene, id: RecordId) -> Option<MeetingData> {
    let agenda = agenda(&scene.board, id, scene.today)?;
    let people = scene
        .board
        .attendees
        .into_iter()
        .filter(|(_, one)| one.meeting == Some(id))
        .map(|(attendee, one)| {
            let tone = match ranked(&one.presence).0 {
                1 => Tone::Ok,
                2 => Tone::Warn,
                3 => Tone::Bad,
                _ => Tone::Neutral,
            };
            let name = scene.board.person_name(one.person).to_owned();
            (*attendee, name, ranked(&one.presence).1, tone)
        });
    Some(MeetingData {
        people: people.collect(),
        groups: groups(scene, id, &agenda),
        carried: carried(scene, &agenda),
        agenda,
    })
}

fn groups(scene: &Scene, meeting: RecordId, agenda: &Agenda) -> Vec<Group> {
    let board = &scene.board;
    let name = |person: Option<PersonId>| board.person_name(person).to_owned();
    // Each entry with the topic that it belongs to.
    let mut entries: Vec<(Option<RecordId>, String, Entry)> = Vec::new();
    for (id, minute) in &board.minutes {
        if minute.meeting == Some(meeting) {
            let entry = Entry {
                kind: Kind::Minute,
                id: *id,
                words: minute.text.0.replace('\n', " "),
                aside: String::new(),
                owner: String::new(),
            };
            entries.push((minute.item, minute.position.clone(), entry));
        }
    }
    entries.sort_by(|a, b| a.1.cmp(&b.1));
    for (id, decision) in &board.decisions {
        if decision.meeting == Some(meeting) {
            let entry = Entry {
                kind: Kind::Decision,
                id: *id,
                words: decision.title.clone(),
                aside: decision.number.clone(),
                owner: name(decision.decided_by),
            };
            entries.push((decision.item, String::new(), entry));
        }
    }
    for action in outcome(board, meeting) {
        let due = action.due.map(|day| format::day(day, scene.today));
        let entry = Entry {
            kind: Kind::Action,
            id: action.meta.id,
            words: action.title.clone(),
            aside: due.unwrap_or_default(),
            owner: name(action.owner),
        };
        let origin = action.origin.filter(|origin| *origin != meeting);
        entries.push((origin, String::new(), entry));
    }
    let topics = agenda.topics.iter();
    let topics = topics.map(|topic| (Some(topic.meta.id), topic.title.clone()));
    let mut groups: Vec<Group> = std::iter::once((None, String::new()))
        .chain(topics)
        .map(|(topic, title)| Group {
            topic,
            title,
            entries: Vec::new(),
        })
        .collect();
    for (topic, _, entry) in entries {
        let at = groups.iter().position(|group| group.topic == topic);
        if let Some(group) = groups.get_mut(at.unwrap_or(0)) {
            group.entries.push(entry);
        }
    }
    groups.retain(|group| group.topic.is_some() || !group.entries.is_empty());
    groups
}

fn carried(scene: &Scene, agenda: &Agenda) -> Vec<Carried> {
    let day = |day: Option<chrono::NaiveDate>| {
        day.map(|day| format::day(day, scene.today))
            .unwrap_or_default()
    };
    let mut carried: Vec<Carried> = Vec::new();
    if let Some(previous) = &agenda.previous
        && previous.minutes == MinutesState::Issued
    {
        carried.push(Carried {
            icon: icons::DONE,
            tone: Tone::Accent,
            kind: Kind::Meeting,
            id: previous.meta.id,
            words: "Approve the minutes of the last meeting".to_owned(),
            aside: day(previous.day),
        });
    }
    carried.extend(agenda.parked.iter().map(|item| Carried {
        icon: icons::ON_HOLD,
        tone: Tone::Warn,
        kind: Kind::AgendaItem,
        id: item.meta.id,
        words: item.title.clone(),
        aside: "Parked".to_owned(),
    }));
    carried.extend(agenda.actions.iter().map(|action| {
        let is_late = action.due.is_some_and(|due| due < scene.today);
        Carried {
            icon: icons::ACTIONS,
            tone: if is_late { Tone::Bad } else { Tone::Neutral },
            kind: Kind::Action,
            id: action.meta.id,
            words: action.title.clone(),
            aside: day(action.due),
        }
    }));
    carried.extend(agenda.contracts.iter().map(|figures| Carried {
        icon: icons::CONTRACTS,
        tone: Tone::Warn,
        kind: Kind::Contract,
        id: figures.contract.meta.id,
        words: figures.contract.name.clone(),
        aside: day(figures.act_by),
    }));
    carried.extend(agenda.milestones.iter().map(|milestone| Carried {
        icon: icons::MILESTONE,
        tone: Tone::Warn,
        kind: Kind::Milestone,
        id: milestone.meta.id,
        words: milestone.name.clone(),
        aside: day(adjutant_model::query::project::shown_day(milestone)),
    }));
    carried
}

/// Returns icon and tone of where a topic stands.
pub(super) fn topic_look(state: TopicState) -> (Icon, Tone) {
    match state {
        TopicState::Open => (icons::TO_DO, Tone::Neutral),
        TopicState::Parked => (icons::ON_HOLD, Tone::Warn),
        TopicState::Done => (icons::DONE, Tone::Ok),
    }
}
