//! Draws a meeting and turns the typed line into minutes, decisions, actions and topics.
//!
//! Enter keeps a line of minutes, Ctrl+D makes it a decision, Ctrl+Enter an action, Ctrl+T a topic; arrows choose the
//! topic, all without leaving the line.

use adjutant_base::RecordId;
use adjutant_model::action::ActionField;
use adjutant_model::meeting::{
    AgendaItem, AgendaItemField, AttendeeField, DecisionField, MeetingField, MeetingState,
    MinuteField, MinutesState, Presence, TopicState,
};
use adjutant_model::query::meeting;
use adjutant_model::{Command, FieldValue as _, Kind, Prose};
use chrono::{Datelike as _, NaiveDate};
use egui::accesskit::Role;
use egui::{
    Align, CornerRadius, CursorIcon, Id, Key, Layout, Modifiers, Rect, RichText, ScrollArea, Sense,
    Stroke, StrokeKind, Ui, UiBuilder, WidgetInfo, pos2, vec2,
};

use super::data::{Carried, Entry, MeetingData, meeting_data, topic_look};
use crate::background::Background;
use crate::icons;
use crate::theme::{self, CONTROL, GAP, RADIUS_CARD, RADIUS_CONTROL, Tone, font};
use crate::views::actions::capture::parse_capture;
use crate::views::owners::{owner_choices, picked_owner};
use crate::views::register::data::Source;
use crate::views::{Intent, page};
use crate::widgets::button::{self, Button};
use crate::widgets::picker::{Offer, Picker};
use crate::widgets::{avatar, card, empty, field, tag, text};

const ROW: f32 = 34.0;
const HEAD: f32 = 40.0;
const LINE: f32 = 88.0;

/// What a typed line becomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Becomes {
    Minute,
    Decision,
    Action,
    Topic,
}

/// The screen of one meeting.
#[derive(Debug)]
pub struct MeetingView {
    id: RecordId,
    typed: String,
    topic: Option<RecordId>,
    data: Background<(u64, NaiveDate), Option<MeetingData>>,
    picker: Option<Picker>,
    takes_focus: bool,
}

impl MeetingView {
    /// Opens a meeting.
    pub fn new(id: RecordId) -> Self {
        Self {
            id,
            typed: String::new(),
            topic: None,
            data: Background::default(),
            picker: None,
            takes_focus: true,
        }
    }

    /// Gives the line of minutes the keyboard.
    pub fn focus(&mut self) {
        self.takes_focus = true;
    }

    /// Tells whether a list is open or the line is to get the keyboard.
    pub fn awaits_text(&self) -> bool {
        self.takes_focus || self.picker.is_some()
    }

    /// Returns the meeting.
    pub fn cursor(&self) -> (Kind, RecordId) {
        (Kind::Meeting, self.id)
    }

    /// Draws the screen; tells whether it is to be left.
    pub fn show_ui(&mut self, ui: &mut Ui, source: &Source, intents: &mut Vec<Intent>) -> bool {
        let (id, scene) = (self.id, source.scene.clone());
        let key = scene.version();
        let work = source.scene.work.clone();
        let data = self
            .data
            .get((&work, ui.ctx()), key, move || meeting_data(&scene, id));
        let area = page(ui);
        let head = Rect::from_min_size(area.min, vec2(area.width(), HEAD));
        let Some(data) = data else {
            let words = ("One moment", "The agenda is being gathered");
            empty::empty_ui(ui, area, icons::SYNCING, words, None);
            return false;
        };
        let Some(data) = data.as_ref() else {
            let words = (
                "This meeting is not here",
                "It was deleted, or has not arrived yet",
            );
            return empty::empty_ui(ui, area, icons::MEETINGS, words, Some("Back to meetings"));
        };
        let is_left = self.head_ui(ui, head, source, data, intents);
        let below = Rect::from_min_max(pos2(area.left(), head.bottom() + GAP[2]), area.max);
        if theme::is_narrow(ui.ctx()) {
            self.minutes_ui(ui, below, source, data, intents);
            return is_left;
        }
        let width = (below.width() * 0.38).clamp(280.0, 460.0);
        let left = Rect::from_min_size(below.min, vec2(width, below.height()));
        let right = Rect::from_min_max(pos2(left.right() + GAP[3], below.top()), below.max);
        self.agenda_ui(ui, left, source, data, intents);
        self.minutes_ui(ui, right, source, data, intents);
        is_left
    }

    fn head_ui(
        &mut self,
        ui: &mut Ui,
        area: Rect,
        source: &Source,
        data: &MeetingData,
        intents: &mut Vec<Intent>,
    ) -> bool {
        let colors = theme::palette(ui);
        let one = &data.agenda.meeting;
        let series = one.series;
        let series = series.and_then(|id| source.scene.board.meeting_series.get(&id));
        let title = match (one.title.as_str(), series) {
            ("", Some(series)) => series.name.as_str(),
            (title, _) => title,
        };
        let builder = UiBuilder::new()
            .max_rect(area)
            .layout(Layout::left_to_right(Align::Center));
        let mut inside = ui.new_child(builder);
        let ui = &mut inside;
        let is_left = ui
            .add(Button::icon_only(icons::BACK, "Back to meetings"))
            .clicked();
        let words = RichText::new(title).font(font::page_title());
        ui.add(egui::Label::new(words.color(colors.strong)).truncate())
            .widget_info(|| WidgetInfo::labeled(Role::Heading, true, title));
        let day = one
            .day
            .map(|day| crate::format::day(day, source.scene.today));
        let when = format!("{} {}", day.unwrap_or_default(), one.time);
        ui.label(RichText::new(when.trim()).color(colors.secondary));
        let (tone, icon) = match one.state {
            MeetingState::Planned => (Tone::Accent, icons::CLOCK),
            MeetingState::Held => (Tone::Ok, icons::DONE),
            MeetingState::Cancelled => (Tone::Neutral, icons::CANCELLED),
        };
        tag::tag_ui(ui, tone, Some(icon), one.state.label());
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            self.step_ui(ui, data, intents);
            if ui.add(Button::bare("Fields")).clicked() {
                intents.push(Intent::Open(Kind::Meeting, self.id));
            }
        });
        is_left
    }

    /// Draws the button for what comes next: hold the meeting, issue its minutes, approve them.
    fn step_ui(&self, ui: &mut Ui, data: &MeetingData, intents: &mut Vec<Intent>) {
        let one = &data.agenda.meeting;
        let (label, field) = match (one.state, one.minutes) {
            (MeetingState::Planned, _) => ("Mark as held", MeetingField::State(MeetingState::Held)),
            (MeetingState::Held, MinutesState::Draft) => {
                ("Issue minutes", MeetingField::Minutes(MinutesState::Issued))
            }
            (MeetingState::Held, MinutesState::Issued) => (
                "Approve minutes",
                MeetingField::Minutes(MinutesState::Approved),
            ),
            (MeetingState::Held, MinutesState::Approved) | (MeetingState::Cancelled, _) => return,
        };
        if ui.add(Button::quiet(label)).clicked() {
            let command = Command::edit(self.id, vec![field]);
            intents.push(Intent::DoAndSay(command, label.to_owned()));
        }
    }

    fn agenda_ui(
        &mut self,
        ui: &mut Ui,
        area: Rect,
        source: &Source,
        data: &MeetingData,
        intents: &mut Vec<Intent>,
    ) {
        let topics = crate::widgets::measure::points(data.agenda.topics.len().max(1));
        let most = area.height() * 0.5;
        let people = 74.0;
        let height = (76.0 + topics * ROW).min(most);
        let top = Rect::from_min_size(area.min, vec2(area.width(), height));
        card::card_ui(
            ui,
            top,
            "Agenda",
            |_| {},
            |ui| {
                ui.spacing_mut().item_spacing.y = 0.0;
                ScrollArea::vertical().id_salt("agenda").show(ui, |ui| {
                    if data.agenda.topics.is_empty() {
                        hint_ui(ui, "Type a topic and press Ctrl+T");
                    }
                    for (at, topic) in data.agenda.topics.iter().enumerate() {
                        self.topic_ui(ui, source, (at, topic), intents);
                    }
                });
            },
        );
        let middle = Rect::from_min_size(
            pos2(area.left(), top.bottom() + GAP[2]),
            vec2(area.width(), people),
        );
        self.people_ui(ui, middle, source, data, intents);
        let bottom = Rect::from_min_max(pos2(area.left(), middle.bottom() + GAP[2]), area.max);
        card::card_ui(
            ui,
            bottom,
            "Carried over",
            |_| {},
            |ui| {
                ui.spacing_mut().item_spacing.y = 0.0;
                if data.carried.is_empty() {
                    hint_ui(ui, "Nothing is left over");
                }
                ScrollArea::vertical()
                    .id_salt("carried")
                    .auto_shrink([false, false])
                    .show_rows(ui, ROW, data.carried.len(), |ui, range| {
                        for one in data.carried.get(range).unwrap_or_default() {
                            self.carried_ui(ui, data, one, intents);
                        }
                    });
            },
        );
    }

    fn topic_ui(
        &mut self,
        ui: &mut Ui,
        source: &Source,
        (at, topic): (usize, &AgendaItem),
        intents: &mut Vec<Intent>,
    ) {
        let colors = theme::palette(ui);
        let id = topic.meta.id;
        let (rect, response) =
            ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::click());
        let is_current = self.topic == Some(id);
        response.widget_info(|| {
            let mut info = WidgetInfo::selected(Role::ListItem, true, is_current, &topic.title);
            info.current_text_value = Some(topic.state.label().to_owned());
            info
        });
        let fill = match (is_current, response.hovered()) {
            (true, _) => colors.accent_soft,
            (false, true) => colors.hover,
            (false, false) => egui::Color32::TRANSPARENT,
        };
        let painter = ui.painter();
        let ground = rect.expand2(vec2(6.0, -1.0));
        painter.rect_filled(ground, CornerRadius::same(RADIUS_CONTROL), fill);
        if response.clicked() {
            self.topic = Some(id);
            self.takes_focus = true;
        }
        let (icon, tone) = topic_look(topic.state);
        let square = Rect::from_min_size(rect.min, vec2(22.0, ROW));
        text::icon(painter, square, icon, 17.0, colors.ink(tone));
        let mut inner = Rect::from_min_max(pos2(square.right() + 8.0, rect.top()), rect.max);
        let owner = source.scene.board.person_name(topic.owner);
        if !owner.is_empty() {
            let face = Rect::from_min_max(pos2(rect.right() - 22.0, rect.top()), rect.max);
            avatar::paint(painter, face, owner, colors);
            inner.max.x = face.left() - 8.0;
        }
        if let Some(time) = topic.time {
            let words = format!("{} min", time.0);
            let ink = colors.secondary;
            let shown = text::line(painter, inner, Align::Max, &words, font::small(), ink);
            inner.max.x = shown.left() - 8.0;
        }
        let words = format!("{}  {}", at + 1, topic.title);
        text::line(
            painter,
            inner,
            Align::Min,
            &words,
            font::strong(),
            colors.strong,
        );
        button::focus_ring(ui, rect, &response);
        response.on_hover_cursor(CursorIcon::PointingHand);
        // The mark is a button of its own: open, done, parked, and round again.
        let mark = ui.interact(square, ui.scope_id().with(("topic", id.0)), Sense::click());
        mark.widget_info(|| {
            WidgetInfo::labeled(Role::Button, true, format!("State of {}", topic.title))
        });
        if mark.clicked() {
            let next = match topic.state {
                TopicState::Open => TopicState::Done,
                TopicState::Done => TopicState::Parked,
                TopicState::Parked => TopicState::Open,
            };
            let command = Command::edit(id, vec![AgendaItemField::State(next)]);
            intents.push(Intent::Do(command));
        }
        mark.on_hover_text(topic.state.label());
    }

    fn people_ui(
        &mut self,
        ui: &mut Ui,
        area: Rect,
        source: &Source,
        data: &MeetingData,
        intents: &mut Vec<Intent>,
    ) {
        let colors = theme::palette(ui);
        let stroke = Stroke::new(1.0, colors.border);
        let radius = CornerRadius::same(RADIUS_CARD);
        ui.painter()
            .rect(area, radius, colors.surface, stroke, StrokeKind::Inside);
        let builder = UiBuilder::new()
            .max_rect(area.shrink2(vec2(16.0, 10.0)))
            .layout(Layout::left_to_right(Align::Min).with_main_wrap(true));
        let mut inside = ui.new_child(builder);
        let ui = &mut inside;
        ui.spacing_mut().item_spacing = vec2(6.0, 6.0);
        for (attendee, name, presence, tone) in &data.people {
            let words = format!("{name}, {}", presence.to_lowercase());
            let icon = match tone {
                Tone::Ok => icons::DONE,
                Tone::Bad => icons::CANCELLED,
                Tone::Warn => icons::WAITING,
                Tone::Neutral | Tone::Accent => icons::PERSON,
            };
            let shown = tag::tag_ui(ui, *tone, Some(icon), name).interact(Sense::click());
            shown.widget_info(|| WidgetInfo::labeled(Role::Button, true, &words));
            if shown.clicked() {
                let present = source.scene.board.attendees.get(attendee);
                let next = match present.map(|one| one.presence) {
                    Some(Presence::Present) => Presence::Apologies,
                    Some(Presence::Apologies) => Presence::Absent,
                    Some(Presence::Absent) => Presence::Invited,
                    Some(Presence::Invited) | None => Presence::Present,
                };
                let command = Command::edit(*attendee, vec![AttendeeField::Presence(next)]);
                intents.push(Intent::Do(command));
            }
            shown
                .on_hover_cursor(CursorIcon::PointingHand)
                .on_hover_text(words);
        }
        self.add_person_ui(ui, source, intents);
    }

    fn add_person_ui(&mut self, ui: &mut Ui, source: &Source, intents: &mut Vec<Intent>) {
        let add = ui.add(Button::icon_only(icons::ADD, "Add a person"));
        if add.clicked() && self.picker.take().is_none() {
            self.picker = Some(Picker::default());
            ui.ctx().request_repaint();
            return;
        }
        let Some(picker) = &mut self.picker else {
            return;
        };
        let choices = owner_choices(&source.scene, None);
        let offer = Offer {
            name: "Person",
            hint: "Find or add a person",
            choices: &choices,
            takes_new: true,
            is_filtered: false,
        };
        let id = Id::unique("meeting person");
        let Some(picked) = picker.popover_ui(ui, add.rect, id, &offer) else {
            return;
        };
        self.picker = None;
        if let Some((made, Some(person))) = picked_owner(&source.scene, &picked) {
            let fields = vec![
                AttendeeField::Meeting(Some(self.id)),
                AttendeeField::Person(Some(person)),
            ];
            let raws = [("meeting", self.id.to_raw()), ("person", person.to_raw())];
            if let Some(id) = Kind::Attendee.natural_id(&raws) {
                let command = Command::create(id, fields);
                intents.push(Intent::Do(crate::views::joined(
                    "add person",
                    made,
                    command,
                )));
            }
        }
    }

    fn carried_ui(
        &self,
        ui: &mut Ui,
        data: &MeetingData,
        one: &Carried,
        intents: &mut Vec<Intent>,
    ) {
        let colors = theme::palette(ui);
        let (rect, response) =
            ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::click());
        let is_parked = one.kind == Kind::AgendaItem;
        response.widget_info(|| {
            let mut info = WidgetInfo::labeled(Role::Button, true, &one.words);
            info.current_text_value = Some(one.aside.clone());
            info
        });
        let painter = ui.painter();
        if response.hovered() {
            let ground = rect.expand2(vec2(6.0, -1.0));
            painter.rect_filled(ground, CornerRadius::same(RADIUS_CONTROL), colors.hover);
        }
        let square = Rect::from_min_size(rect.min, vec2(22.0, ROW));
        text::icon(painter, square, one.icon, 17.0, colors.ink(one.tone));
        let mut inner = Rect::from_min_max(pos2(square.right() + 8.0, rect.top()), rect.max);
        // Beside the bar by which the list is scrolled.
        inner.max.x -= 10.0;
        let ink = colors.ink(one.tone);
        let aside = text::line(painter, inner, Align::Max, &one.aside, font::small(), ink);
        inner.max.x = aside.left() - 8.0;
        text::line(
            painter,
            inner,
            Align::Min,
            &one.words,
            font::body(),
            colors.text,
        );
        button::focus_ring(ui, rect, &response);
        if response.clicked() {
            intents.push(if is_parked {
                // Taking up what was parked makes it a topic of this meeting.
                let fields = vec![
                    AgendaItemField::Meeting(Some(self.id)),
                    AgendaItemField::Title(one.words.clone()),
                    AgendaItemField::Position(next_position(data)),
                    AgendaItemField::Continues(Some(one.id)),
                ];
                Intent::Create(fields.into())
            } else {
                Intent::Open(one.kind, one.id)
            });
        }
        let hint = if is_parked { "Take up" } else { "Open" };
        response
            .on_hover_cursor(CursorIcon::PointingHand)
            .on_hover_text(hint);
    }

    fn minutes_ui(
        &mut self,
        ui: &mut Ui,
        area: Rect,
        source: &Source,
        data: &MeetingData,
        intents: &mut Vec<Intent>,
    ) {
        let line = Rect::from_min_max(pos2(area.left(), area.bottom() - LINE), area.max);
        let list = Rect::from_min_max(area.min, pos2(area.right(), line.top() - GAP[2]));
        let decisions = data.groups.iter().flat_map(|group| &group.entries);
        let count = |kind: Kind| decisions.clone().filter(|one| one.kind == kind).count();
        let words = format!(
            "{}, {}",
            crate::format::counted(count(Kind::Decision), "decision", "decisions"),
            crate::format::counted(count(Kind::Action), "action", "actions")
        );
        let aside = |ui: &mut Ui| {
            let words = RichText::new(words).font(font::small());
            ui.label(words.color(theme::palette(ui).secondary));
        };
        card::card_ui(ui, list, "Minutes", aside, |ui| {
            ui.spacing_mut().item_spacing.y = 2.0;
            ScrollArea::vertical()
                .id_salt("minutes")
                .auto_shrink([false, false])
                .stick_to_bottom(true)
                .show(ui, |ui| {
                    for group in &data.groups {
                        if group.topic.is_some() {
                            group_ui(ui, &group.title, self.topic == group.topic);
                        }
                        for entry in &group.entries {
                            if entry_ui(ui, entry) {
                                intents.push(Intent::Open(entry.kind, entry.id));
                            }
                        }
                        ui.add_space(6.0);
                    }
                });
        });
        self.line_ui(ui, line, source, data, intents);
    }

    /// Draws the line that is typed into, and the keys that say what it becomes.
    fn line_ui(
        &mut self,
        ui: &mut Ui,
        area: Rect,
        source: &Source,
        data: &MeetingData,
        intents: &mut Vec<Intent>,
    ) {
        let colors = theme::palette(ui);
        let id = Id::unique("minutes line");
        if std::mem::take(&mut self.takes_focus) {
            ui.memory_mut(|memory| memory.request_focus(id));
        }
        let has_focus = ui.memory(|memory| memory.has_focus(id));
        let mut becomes = self.keys(ui, has_focus, data);
        let stroke = if has_focus {
            theme::focus_stroke(colors)
        } else {
            Stroke::new(1.0, colors.border_strong)
        };
        let radius = CornerRadius::same(RADIUS_CARD);
        ui.painter()
            .rect(area, radius, colors.surface, stroke, StrokeKind::Inside);
        let top = Rect::from_min_size(area.min, vec2(area.width(), 44.0)).shrink2(vec2(14.0, 0.0));
        let topics = data.agenda.topics.iter();
        let mut topics = topics.filter(|topic| Some(topic.meta.id) == self.topic);
        let hint = match topics.next() {
            Some(topic) => format!("Minutes of \u{201c}{}\u{201d}\u{2026}", topic.title),
            None => "Type the minutes\u{2026}".to_owned(),
        };
        field::bare_edit(ui, top, id, &hint, &mut self.typed);
        let below = Rect::from_min_max(pos2(area.left(), top.bottom()), area.max);
        let builder = UiBuilder::new()
            .max_rect(below.shrink2(vec2(10.0, 6.0)))
            .layout(Layout::left_to_right(Align::Center));
        let mut inside = ui.new_child(builder);
        inside.spacing_mut().item_spacing.x = 4.0;
        for (label, keys, what) in [
            ("Minute", "Enter", Becomes::Minute),
            ("Decision", "Ctrl+D", Becomes::Decision),
            ("Action", "Ctrl+Enter", Becomes::Action),
            ("Topic", "Ctrl+T", Becomes::Topic),
        ] {
            if inside
                .add(Button::bare(label))
                .on_hover_text(keys)
                .clicked()
            {
                becomes = Some(what);
            }
            if area.width() > 560.0 {
                let words = RichText::new(keys).font(font::small());
                inside.label(words.color(colors.secondary));
            }
        }
        if let Some(what) = becomes.filter(|_| !self.typed.trim().is_empty()) {
            let typed = std::mem::take(&mut self.typed);
            intents.extend(self.made(source, data, what, typed.trim()));
            self.takes_focus = true;
            ui.ctx().request_repaint();
        }
    }

    fn keys(&mut self, ui: &Ui, has_focus: bool, data: &MeetingData) -> Option<Becomes> {
        if !has_focus {
            return None;
        }
        let (becomes, moved) = ui.input_mut(|input| {
            let mut take = |modifiers, key| input.consume_key(modifiers, key);
            let becomes = [
                (Modifiers::COMMAND, Key::D, Becomes::Decision),
                (Modifiers::COMMAND, Key::Enter, Becomes::Action),
                (Modifiers::COMMAND, Key::T, Becomes::Topic),
                (Modifiers::NONE, Key::Enter, Becomes::Minute),
            ]
            .into_iter()
            .find(|(modifiers, key, _)| take(*modifiers, *key));
            let down = isize::from(take(Modifiers::NONE, Key::ArrowDown));
            let up = isize::from(take(Modifiers::NONE, Key::ArrowUp));
            (becomes.map(|(_, _, what)| what), down - up)
        });
        if moved != 0 {
            let topics: Vec<RecordId> = data.agenda.topics.iter().map(|one| one.meta.id).collect();
            let now = topics.iter().position(|id| Some(*id) == self.topic);
            let next = match now {
                Some(at) => at
                    .saturating_add_signed(moved)
                    .min(topics.len().saturating_sub(1)),
                None => 0,
            };
            self.topic = topics.get(next).copied();
        }
        becomes
    }

    /// Returns what makes the record that a typed line becomes.
    fn made(
        &self,
        source: &Source,
        data: &MeetingData,
        what: Becomes,
        typed: &str,
    ) -> Option<Intent> {
        let (board, today) = (&source.scene.board, source.scene.today);
        let tag = meeting::device_tag(&source.desk.device());
        let meeting_id = Some(self.id);
        Some(match what {
            Becomes::Minute => {
                let minutes = board.minutes.into_iter().map(|(_, minute)| minute);
                let own = minutes.filter(|minute| minute.meeting == meeting_id);
                let last = own.map(|minute| minute.position.as_str()).max();
                let fields = vec![
                    MinuteField::Meeting(meeting_id),
                    MinuteField::Item(self.topic),
                    MinuteField::Position(format!("{}n", last.unwrap_or_default())),
                    MinuteField::Text(Prose(typed.to_owned())),
                ];
                Intent::Create(fields.into())
            }
            Becomes::Decision => {
                let used = board.decisions.into_iter();
                let used = used.map(|(_, one)| one.number.as_str());
                let prefix = format!("D-{:02}-{tag}-", today.year().rem_euclid(100));
                let fields = vec![
                    DecisionField::Meeting(meeting_id),
                    DecisionField::Title(typed.to_owned()),
                    DecisionField::Number(meeting::next_number(&prefix, used)),
                    DecisionField::Item(self.topic),
                    DecisionField::DecidedBy(data.agenda.meeting.chair),
                    DecisionField::Effective(Some(today)),
                ];
                Intent::Create(fields.into())
            }
            Becomes::Action => {
                let capture = parse_capture(typed, today, board);
                if capture.title.is_empty() {
                    return None;
                }
                let used = board.actions.into_iter();
                let used = used.map(|(_, one)| one.number.as_str());
                let mut fields = vec![
                    ActionField::Title(capture.title),
                    ActionField::Due(capture.due),
                    ActionField::Number(meeting::next_number(&format!("A-{tag}-"), used)),
                    ActionField::Origin(self.topic.or(meeting_id)),
                ];
                fields.extend(
                    capture
                        .owner
                        .map(|(owner, _)| ActionField::Owner(Some(owner))),
                );
                Intent::Create(fields.into())
            }
            Becomes::Topic => {
                let fields = vec![
                    AgendaItemField::Meeting(meeting_id),
                    AgendaItemField::Title(typed.to_owned()),
                    AgendaItemField::Position(next_position(data)),
                ];
                Intent::Create(fields.into())
            }
        })
    }
}

/// Returns the place behind the last topic: a text that extends another sorts right after it.
fn next_position(data: &MeetingData) -> String {
    let last = data.agenda.topics.last();
    format!("{}n", last.map_or("", |topic| topic.position.as_str()))
}

fn hint_ui(ui: &mut Ui, words: &str) {
    ui.label(RichText::new(words).color(theme::palette(ui).secondary));
}

fn group_ui(ui: &mut Ui, title: &str, is_current: bool) {
    let colors = theme::palette(ui);
    let ink = if is_current {
        colors.accent
    } else {
        colors.secondary
    };
    ui.label(RichText::new(title).font(font::small_strong()).color(ink));
}

fn entry_ui(ui: &mut Ui, entry: &Entry) -> bool {
    let colors = theme::palette(ui);
    let (icon, tone) = if entry.kind == Kind::Decision {
        (Some(icons::DECISIONS), Tone::Accent)
    } else if entry.kind == Kind::Action {
        (Some(icons::ACTIONS), Tone::Ok)
    } else {
        (None, Tone::Neutral)
    };
    let width = ui.available_width();
    let aside = [entry.owner.as_str(), entry.aside.as_str()];
    let aside: Vec<&str> = aside.into_iter().filter(|part| !part.is_empty()).collect();
    let aside = aside.join(", ");
    let aside_width = if aside.is_empty() {
        0.0
    } else {
        text::width(ui.painter(), &aside, font::small()) + 12.0
    };
    let room = (width - 30.0 - aside_width).max(80.0);
    let face = if icon.is_some() {
        font::strong()
    } else {
        font::body()
    };
    let ink = if icon.is_some() {
        colors.strong
    } else {
        colors.text
    };
    let galley = ui.painter().layout(entry.words.clone(), face, ink, room);
    let height = (galley.size().y + 8.0).max(CONTROL);
    let (rect, response) = ui.allocate_exact_size(vec2(width, height), Sense::click());
    response.widget_info(|| {
        let mut info = WidgetInfo::labeled(Role::ListItem, true, &entry.words);
        let kind = crate::views::record::kind_label(entry.kind);
        info.current_text_value = Some(format!("{kind} {aside}").trim().to_owned());
        info
    });
    let painter = ui.painter();
    let fill = match (icon.is_some(), response.hovered()) {
        (_, true) => colors.hover,
        (true, false) => colors.ground(tone),
        (false, false) => egui::Color32::TRANSPARENT,
    };
    painter.rect_filled(rect, CornerRadius::same(RADIUS_CONTROL), fill);
    if let Some(icon) = icon {
        let square = Rect::from_min_size(rect.min + vec2(4.0, 0.0), vec2(20.0, height));
        text::icon(painter, square, icon, 16.0, colors.ink(tone));
    }
    let at = pos2(rect.left() + 30.0, rect.center().y - galley.size().y / 2.0);
    painter.galley(at, galley, ink);
    let right = Rect::from_min_max(rect.min, rect.max - vec2(8.0, 0.0));
    text::line(
        painter,
        right,
        Align::Max,
        &aside,
        font::small(),
        colors.secondary,
    );
    button::focus_ring(ui, rect, &response);
    let clicked = response.clicked();
    response.on_hover_cursor(CursorIcon::PointingHand);
    clicked
}
