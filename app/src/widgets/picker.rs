//! A list to pick from, with a filter on top: used for states, owners, budgets and the command palette.
//!
//! It takes arrows, Enter and Escape out of the input before its text field sees them.

use egui::accesskit::Role;
use egui::{
    Align, Area, CornerRadius, CursorIcon, Id, Key, Modifiers, Order, Rect, Sense, Stroke, Ui,
    WidgetInfo, pos2, vec2,
};

use crate::icons::{self, Icon};
use crate::theme::{self, RADIUS_CONTROL, Tone, font};
use crate::widgets::{field, text};

/// One thing to pick.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// What it is called.
    pub label: String,
    /// What stands on the right, small.
    pub aside: String,
    /// Its icon and tone.
    pub icon: Option<(Icon, Tone)>,
    /// Whether it holds now.
    pub is_current: bool,
}

impl Choice {
    /// Returns a choice that is just a word.
    pub fn word(label: impl Into<String>, is_current: bool) -> Self {
        Self {
            label: label.into(),
            aside: String::new(),
            icon: None,
            is_current,
        }
    }
}

/// What came of a list in this frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Picked {
    /// The choice at this place of the list that was given.
    Choice(usize),
    /// Something new with this name.
    New(String),
    /// Nothing; the list is to close.
    Nothing,
}

/// The state of an open list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Picker {
    /// The filter as typed.
    pub filter: String,
    at: usize,
    is_shown: bool,
}

/// What a list offers and how.
#[derive(Debug, Clone, Copy)]
pub struct Offer<'a> {
    /// What the list is called.
    pub name: &'a str,
    /// What the filter says while it is empty.
    pub hint: &'a str,
    /// What can be picked; the list filters by words unless `is_filtered`.
    pub choices: &'a [Choice],
    /// Whether a name that is not in the list can be entered.
    pub takes_new: bool,
    /// Whether `choices` follow from the filter already.
    pub is_filtered: bool,
}

const ROW: f32 = 30.0;
const ROWS: usize = 9;

impl Picker {
    /// Draws the list as a popover under a rectangle.
    pub fn popover_ui(
        &mut self,
        ui: &Ui,
        under: Rect,
        id: Id,
        offer: &Offer<'_>,
    ) -> Option<Picked> {
        let was_shown = self.is_shown;
        let width = under.width().clamp(220.0, 320.0);
        let area = Area::new(id)
            .order(Order::Foreground)
            .fixed_pos(pos2(under.left(), under.bottom() + 4.0))
            .constrain(true)
            .show(ui.ctx(), |ui| {
                theme::menu_frame(ui)
                    .show(ui, |ui| {
                        ui.set_width(width);
                        self.list_ui(ui, id, offer)
                    })
                    .inner
            });
        let is_elsewhere = was_shown && area.response.clicked_elsewhere();
        area.inner
            .or_else(|| is_elsewhere.then_some(Picked::Nothing))
    }

    /// Draws filter and list into a frame that the caller made.
    pub fn list_ui(&mut self, ui: &mut Ui, id: Id, offer: &Offer<'_>) -> Option<Picked> {
        let shown = self.shown(offer);
        let offers_new =
            offer.takes_new && !self.filter.trim().is_empty() && !has_exact(offer, &self.filter);
        let rows = shown.len() + usize::from(offers_new);
        let (moved, decided) = take_keys(ui);
        if !self.is_shown {
            self.at = shown
                .iter()
                .position(|place| offer.choices.get(*place).is_some_and(|c| c.is_current))
                .unwrap_or(0);
        }
        self.at = self
            .at
            .saturating_add_signed(moved)
            .min(rows.saturating_sub(1));
        self.filter_ui(ui, id, offer);
        if decided == Some(Decision::Leave) {
            return Some(Picked::Nothing);
        }
        if decided == Some(Decision::Take) {
            return Some(self.picked(&shown, offers_new));
        }
        if rows == 0 {
            ui.add_space(2.0);
            ui.label(
                egui::RichText::new("Nothing by that name").color(theme::palette(ui).secondary),
            );
            return None;
        }
        self.rows_ui(ui, offer, &shown, moved != 0).or_else(|| {
            (offers_new && new_row_ui(ui, &self.filter, self.at == shown.len()))
                .then(|| Picked::New(self.filter.trim().to_owned()))
        })
    }

    fn filter_ui(&mut self, ui: &mut Ui, id: Id, offer: &Offer<'_>) {
        let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 32.0), Sense::hover());
        // The list has the keyboard as long as it is open; before the field is drawn, so that no letter is lost.
        ui.memory_mut(|memory| memory.request_focus(id.with("filter")));
        self.is_shown = true;
        let response = field::bare_edit(
            ui,
            rect.shrink2(vec2(8.0, 0.0)),
            id.with("filter"),
            offer.hint,
            &mut self.filter,
        );
        if response.changed() {
            self.at = 0;
        }
        let colors = theme::palette(ui);
        ui.painter().hline(
            rect.x_range().expand(4.0),
            rect.bottom() + 2.0,
            Stroke::new(1.0, colors.border),
        );
    }

    fn shown(&self, offer: &Offer<'_>) -> Vec<usize> {
        let words: Vec<String> = self
            .filter
            .split_whitespace()
            .map(str::to_lowercase)
            .collect();
        let fits = |choice: &Choice| {
            let label = choice.label.to_lowercase();
            offer.is_filtered || words.iter().all(|word| label.contains(word))
        };
        offer
            .choices
            .iter()
            .enumerate()
            .filter(|(_, choice)| fits(choice))
            .map(|(place, _)| place)
            .collect()
    }

    fn picked(&self, shown: &[usize], offers_new: bool) -> Picked {
        match shown.get(self.at) {
            Some(place) => Picked::Choice(*place),
            None if offers_new => Picked::New(self.filter.trim().to_owned()),
            None => Picked::Nothing,
        }
    }

    fn rows_ui(
        &mut self,
        ui: &mut Ui,
        offer: &Offer<'_>,
        shown: &[usize],
        moved: bool,
    ) -> Option<Picked> {
        let mut picked = None;
        let height = crate::widgets::measure::points(shown.len().min(ROWS)) * ROW;
        ui.spacing_mut().item_spacing.y = 0.0;
        ui.add_space(6.0);
        egui::ScrollArea::vertical()
            .max_height(height)
            .auto_shrink([false, true])
            .show(ui, |ui| {
                for (row, place) in shown.iter().enumerate() {
                    let Some(choice) = offer.choices.get(*place) else {
                        continue;
                    };
                    let response = row_ui(ui, choice, row == self.at);
                    if row == self.at && moved {
                        response.scroll_to_me(None);
                    }
                    if response.clicked() {
                        picked = Some(Picked::Choice(*place));
                    }
                }
            });
        picked
    }
}

fn has_exact(offer: &Offer<'_>, name: &str) -> bool {
    let name = name.trim().to_lowercase();
    offer
        .choices
        .iter()
        .any(|choice| choice.label.to_lowercase() == name)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Decision {
    Take,
    Leave,
}

fn take_keys(ui: &Ui) -> (isize, Option<Decision>) {
    ui.input_mut(|input| {
        let down = input.count_and_consume_key(Modifiers::NONE, Key::ArrowDown);
        let up = input.count_and_consume_key(Modifiers::NONE, Key::ArrowUp);
        let moved = isize::try_from(down).unwrap_or(0) - isize::try_from(up).unwrap_or(0);
        let take = input.consume_key(Modifiers::NONE, Key::Enter)
            || input.consume_key(Modifiers::NONE, Key::Tab);
        let leave = input.consume_key(Modifiers::NONE, Key::Escape);
        let decision = match (take, leave) {
            (true, _) => Some(Decision::Take),
            (false, true) => Some(Decision::Leave),
            (false, false) => None,
        };
        (moved, decision)
    })
}

fn row_ui(ui: &mut Ui, choice: &Choice, is_marked: bool) -> egui::Response {
    let colors = theme::palette(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::click());
    response
        .widget_info(|| WidgetInfo::selected(Role::ListBoxOption, true, is_marked, &choice.label));
    let fill = match (is_marked, response.hovered()) {
        (true, _) => colors.accent_soft,
        (false, true) => colors.hover,
        (false, false) => egui::Color32::TRANSPARENT,
    };
    ui.painter()
        .rect_filled(rect, CornerRadius::same(RADIUS_CONTROL), fill);
    let mut inner = rect.shrink2(vec2(8.0, 0.0));
    if let Some((icon, tone)) = choice.icon {
        let square = Rect::from_min_size(inner.min, vec2(18.0, ROW));
        text::icon(ui.painter(), square, icon, 17.0, colors.ink(tone));
        inner.min.x += 26.0;
    }
    if choice.is_current {
        let square = Rect::from_min_max(inner.right_top() - vec2(18.0, 0.0), inner.max);
        text::icon(ui.painter(), square, icons::CHECK, 16.0, colors.accent);
        inner.max.x -= 22.0;
    }
    let aside = text::line(
        ui.painter(),
        inner,
        Align::Max,
        &choice.aside,
        font::small(),
        colors.secondary,
    );
    if !choice.aside.is_empty() {
        inner.max.x = aside.left() - 8.0;
    }
    text::line(
        ui.painter(),
        inner,
        Align::Min,
        &choice.label,
        font::strong(),
        colors.strong,
    );
    response.on_hover_cursor(CursorIcon::PointingHand)
}

fn new_row_ui(ui: &mut Ui, name: &str, is_marked: bool) -> bool {
    let choice = Choice {
        label: format!("Add \u{201c}{}\u{201d}", name.trim()),
        aside: String::new(),
        icon: Some((icons::ADD, Tone::Accent)),
        is_current: false,
    };
    row_ui(ui, &choice, is_marked).clicked()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_filter_takes_words_in_any_order_and_offers_what_is_new() {
        let choices = [
            Choice::word("Ana Marić", false),
            Choice::word("Luis Torres", true),
        ];
        let offer = Offer {
            name: "Owner",
            hint: "",
            choices: &choices,
            takes_new: true,
            is_filtered: false,
        };
        let mut picker = Picker {
            filter: "torres lu".into(),
            ..Picker::default()
        };
        assert_eq!(picker.shown(&offer), [1]);
        assert_eq!(picker.picked(&[1], true), Picked::Choice(1));
        picker.filter = "Jo Day ".into();
        assert!(!has_exact(&offer, &picker.filter) && has_exact(&offer, "ana marić"));
        assert_eq!(picker.picked(&[], true), Picked::New("Jo Day".into()));
    }
}
