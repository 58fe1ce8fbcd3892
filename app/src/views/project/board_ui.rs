//! Draws a project's actions as cards by state; a card is dragged, or moved by the keyboard, to another state.
//!
//! Up, down, left and right move the cursor; with Shift, left and right move the card; Enter opens it.

use adjutant_base::RecordId;
use adjutant_model::action::{ActionField, ActionState};
use adjutant_model::{Command, Kind};
use chrono::NaiveDate;
use egui::accesskit::Role;
use egui::{
    Align, CornerRadius, CursorIcon, EventFilter, Id, Key, Modifiers, Rect, ScrollArea, Sense,
    Stroke, StrokeKind, Ui, UiBuilder, WidgetInfo, pos2, vec2,
};

use super::data::{CardData, ProjectData, card};
use crate::theme::{self, GAP, RADIUS_CARD, font};
use crate::views::Intent;
use crate::views::actions::data::state_look;
use crate::views::register::data::Source;
use crate::widgets::measure::points;
use crate::widgets::{avatar, text};

const CARD: f32 = 78.0;
const HEAD: f32 = 38.0;

/// Where the user is on the board.
#[derive(Debug, Default)]
pub(super) struct BoardState {
    at: (usize, usize),
    takes_focus: bool,
}

impl BoardState {
    /// Gives the board the keyboard.
    pub(super) fn focus(&mut self) {
        self.takes_focus = true;
    }

    /// Draws the board into a rectangle.
    pub(super) fn show_ui(
        &mut self,
        ui: &mut Ui,
        area: Rect,
        (source, data): (&Source, &ProjectData),
        intents: &mut Vec<Intent>,
    ) {
        let id = Id::unique("board");
        let focus = ui.interact(area, id, Sense::focusable_noninteractive());
        focus.widget_info(|| WidgetInfo::labeled(Role::Grid, true, "Board"));
        if std::mem::take(&mut self.takes_focus) {
            focus.request_focus();
        }
        if focus.has_focus() {
            let filter = EventFilter {
                tab: false,
                horizontal_arrows: true,
                vertical_arrows: true,
                escape: false,
            };
            ui.memory_mut(|memory| memory.set_focus_lock_filter(id, filter));
            self.keys(ui, (source, data), intents);
        }
        let lanes = points(data.lanes.len().max(1));
        let width = (area.width() - GAP[2] * (lanes - 1.0)) / lanes;
        for (at, (state, cards)) in data.lanes.iter().enumerate() {
            let left = area.left() + points(at) * (width + GAP[2]);
            let lane = Rect::from_min_size(pos2(left, area.top()), vec2(width, area.height()));
            let dropped = ui
                .interact(lane, id.with(("lane", at)), Sense::hover())
                .dnd_release_payload::<RecordId>();
            if let Some(dropped) = dropped {
                intents.extend(moved(*dropped, *state, source));
            }
            lane_ui(ui, lane, (*state, cards.len()));
            let body = Rect::from_min_max(pos2(lane.left(), lane.top() + HEAD), lane.max);
            let builder = UiBuilder::new().max_rect(body.shrink2(vec2(8.0, 0.0)));
            ui.scope_builder(builder, |ui| {
                ui.spacing_mut().item_spacing.y = 8.0;
                ui.shrink_clip_rect(body);
                ScrollArea::vertical()
                    .id_salt(("lane", at))
                    .auto_shrink([false, false])
                    .show_rows(ui, CARD, cards.len(), |ui, range| {
                        for row in range {
                            let Some(action) = cards.get(row) else {
                                continue;
                            };
                            let is_at = focus.has_focus() && self.at == (at, row);
                            let shown = card(&source.scene, *action);
                            if card_ui(ui, *action, &shown, is_at) {
                                self.at = (at, row);
                                intents.push(Intent::Open(Kind::Action, *action));
                            }
                        }
                    });
            });
        }
    }

    fn keys(
        &mut self,
        ui: &Ui,
        (source, data): (&Source, &ProjectData),
        intents: &mut Vec<Intent>,
    ) {
        let (mut across, mut down) = (0_isize, 0_isize);
        let (mut carries, mut opens) = (0_isize, false);
        ui.input_mut(|input| {
            // The shifted ones come first: without modifiers a key matches whatever shift does.
            carries += isize::from(input.consume_key(Modifiers::SHIFT, Key::ArrowRight));
            carries -= isize::from(input.consume_key(Modifiers::SHIFT, Key::ArrowLeft));
            across += isize::from(input.consume_key(Modifiers::NONE, Key::ArrowRight));
            across -= isize::from(input.consume_key(Modifiers::NONE, Key::ArrowLeft));
            down += isize::from(input.consume_key(Modifiers::NONE, Key::ArrowDown));
            down -= isize::from(input.consume_key(Modifiers::NONE, Key::ArrowUp));
            opens = input.consume_key(Modifiers::NONE, Key::Enter);
        });
        let lane_count = data.lanes.len();
        let current = data
            .lanes
            .get(self.at.0)
            .and_then(|lane| lane.1.get(self.at.1));
        if carries != 0
            && let Some(action) = current
        {
            let to = self
                .at
                .0
                .saturating_add_signed(carries)
                .min(lane_count.saturating_sub(1));
            if let Some((state, _)) = data.lanes.get(to) {
                intents.extend(moved(*action, *state, source));
                self.at.0 = to;
            }
            return;
        }
        if opens && let Some(action) = current {
            intents.push(Intent::Open(Kind::Action, *action));
        }
        let lane = self
            .at
            .0
            .saturating_add_signed(across)
            .min(lane_count.saturating_sub(1));
        let cards = data.lanes.get(lane).map_or(0, |lane| lane.1.len());
        let row = self
            .at
            .1
            .saturating_add_signed(down)
            .min(cards.saturating_sub(1));
        if (lane, row) != self.at {
            self.at = (lane, row);
            ui.ctx().request_repaint();
        }
    }
}

/// Returns what puts an action into a state, if it is in another.
fn moved(id: RecordId, state: ActionState, source: &Source) -> Option<Intent> {
    let action = source.scene.board.actions.get(&id)?;
    if action.state == state {
        return None;
    }
    let today: NaiveDate = source.scene.today;
    let done_on = (state == ActionState::Done).then_some(today);
    let fields = vec![ActionField::State(state), ActionField::DoneOn(done_on)];
    let said = format!("{}: {}", state.label(), action.title);
    Some(Intent::DoAndSay(Command::edit(id, fields), said))
}

fn lane_ui(ui: &Ui, lane: Rect, (state, count): (ActionState, usize)) {
    let colors = theme::palette(ui);
    let painter = ui.painter();
    painter.rect_filled(lane, CornerRadius::same(RADIUS_CARD), colors.sunken);
    let head = Rect::from_min_size(lane.min, vec2(lane.width(), HEAD)).shrink2(vec2(12.0, 0.0));
    let (tone, icon) = state_look(state);
    let square = Rect::from_min_size(head.min, vec2(18.0, head.height()));
    text::icon(painter, square, icon, 16.0, colors.ink(tone));
    let mut rest = Rect::from_min_max(pos2(square.right() + 6.0, head.top()), head.max);
    let face = font::strong();
    let shown = text::line(
        painter,
        rest,
        Align::Min,
        state.label(),
        face,
        colors.strong,
    );
    rest.min.x = shown.right() + 8.0;
    if count > 0 {
        let words = crate::format::count(count);
        let face = font::figures_small();
        text::line(painter, rest, Align::Min, &words, face, colors.secondary);
    }
}

fn card_ui(ui: &mut Ui, id: RecordId, shown: &CardData, is_at: bool) -> bool {
    let colors = theme::palette(ui);
    let (rect, response) =
        ui.allocate_exact_size(vec2(ui.available_width(), CARD), Sense::click_and_drag());
    response.dnd_set_drag_payload(id);
    response.widget_info(|| {
        let mut info = WidgetInfo::selected(Role::ListItem, true, is_at, &shown.title);
        info.current_text_value = Some(format!("{} {}", shown.owner, shown.due));
        info
    });
    let painter = ui.painter();
    let stroke = if is_at {
        theme::focus_stroke(colors)
    } else if response.hovered() {
        Stroke::new(1.0, colors.border_strong)
    } else {
        Stroke::new(1.0, colors.border)
    };
    painter.rect(
        rect,
        CornerRadius::same(8),
        colors.surface,
        stroke,
        StrokeKind::Inside,
    );
    let inner = rect.shrink2(vec2(11.0, 9.0));
    let words = shown.title.clone();
    let mut job =
        egui::text::LayoutJob::simple(words, font::strong(), colors.strong, inner.width());
    job.wrap.max_rows = 2;
    let galley = painter.layout_job(job);
    painter.galley(inner.min, galley, colors.strong);
    let foot = Rect::from_min_max(pos2(inner.left(), inner.bottom() - 20.0), inner.max);
    let mut right = foot;
    if !shown.owner.is_empty() {
        let face = Rect::from_min_max(pos2(foot.right() - 22.0, foot.top()), foot.max);
        avatar::paint(painter, face, &shown.owner, colors);
        right.max.x = face.left() - 8.0;
    }
    let ink = if shown.is_late {
        colors.bad
    } else {
        colors.secondary
    };
    let due = text::line(painter, right, Align::Max, &shown.due, font::small(), ink);
    let mut left = right;
    left.max.x = due.left() - 8.0;
    let ink = colors.warn;
    text::line(
        painter,
        left,
        Align::Min,
        shown.priority,
        font::small_strong(),
        ink,
    );
    let clicked = response.clicked();
    response
        .on_hover_cursor(CursorIcon::Grab)
        .on_hover_text(&shown.owner);
    clicked
}
