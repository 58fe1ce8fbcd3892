//! Looking at another day: the whole window on the board as it was, and the way back.
//!
//! The past is read and never written: an edit is refused with a word on how to go on.

use std::sync::{Arc, Mutex};

use adjutant_base::Timestamp;
use adjutant_client::Moment;
use adjutant_model::Board;
use adjutant_model::calendar::add_days;
use chrono::NaiveDate;
use egui::accesskit::Role;
use egui::{Align, Frame, Layout, Margin, Panel, RichText, Slider, Ui, WidgetInfo};

use super::Shell;
use crate::commands::View;
use crate::theme::{self, Tone, font};
use crate::widgets::button::Button;

/// How far back the slider goes, in days.
const BACK_DAYS: u32 = 730;

/// A day and its board.
type OnDay = (NaiveDate, Arc<Board>);

/// The day that is looked at, if it is not today.
#[derive(Debug, Default)]
pub(super) struct AsOf {
    days_back: u32,
    /// The board of a day, as soon as it is made.
    made: Arc<Mutex<Option<OnDay>>>,
    /// The day that is shown, with its board.
    pub(super) shown: Option<OnDay>,
}

impl AsOf {
    /// Takes the board that was made in the background.
    pub(super) fn renew(&mut self) {
        let made = self.made.lock().ok().and_then(|mut made| made.take());
        self.shown = made.or(self.shown.take());
    }
}

impl Shell {
    /// Draws the strip over a day of the past, and the slider over the history.
    pub(super) fn time_ui(&mut self, ui: &mut Ui, side: i8) {
        let colors = theme::palette(ui);
        let margin = Margin::symmetric(side, 0);
        if let Some(day) = self.as_of.shown.as_ref().map(|(day, _)| *day) {
            Panel::top("as of")
                .exact_size(40.0)
                .resizable(false)
                .frame(Frame::new().fill(colors.warn_soft).inner_margin(margin))
                .show(ui, |ui| self.as_of_ui(ui, day));
        }
        if self.view == View::History {
            Panel::top("history")
                .exact_size(44.0)
                .resizable(false)
                .show_separator_line(false)
                .frame(Frame::new().fill(colors.bg).inner_margin(margin))
                .show(ui, |ui| self.slider_ui(ui));
        }
    }

    fn slider_ui(&mut self, ui: &mut Ui) {
        let colors = theme::palette(ui);
        let today = self.desk.today();
        ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
            ui.label(RichText::new("As of").color(colors.secondary));
            let narrow = ui.available_width() - 330.0;
            ui.spacing_mut().slider_width = narrow.clamp(90.0, 420.0);
            // The rail is to be seen on the page.
            ui.visuals_mut().widgets.inactive.bg_fill = colors.border_strong;
            let mut day = BACK_DAYS.saturating_sub(self.as_of.days_back);
            let slider = Slider::new(&mut day, 0..=BACK_DAYS).show_value(false);
            ui.add(slider)
                .widget_info(|| WidgetInfo::labeled(Role::Slider, true, "Day to look at"));
            self.as_of.days_back = BACK_DAYS.saturating_sub(day);
            let shown = add_days(today, -i64::from(self.as_of.days_back));
            let words = crate::format::day(shown, today);
            ui.label(
                RichText::new(words)
                    .font(font::strong())
                    .color(colors.strong),
            );
            if self.as_of.days_back > 0
                && ui.add(Button::quiet("Look around on that day")).clicked()
            {
                self.look_at(ui.ctx(), shown);
            }
        });
    }

    /// Makes the board of a day's end in the background and shows it.
    fn look_at(&mut self, ctx: &egui::Context, day: NaiveDate) {
        let (desk, made) = (Arc::clone(&self.desk), Arc::clone(&self.as_of.made));
        let later = Arc::clone(&self.later);
        let offset_ms = i64::from(self.status.utc_offset_s).saturating_mul(1_000);
        let end = add_days(day, 1).and_time(chrono::NaiveTime::MIN).and_utc();
        let moment = end
            .timestamp_millis()
            .saturating_sub(offset_ms)
            .saturating_sub(1);
        self.scene
            .work
            .spawn(ctx, move || match desk.past_blocking() {
                Ok(past) => {
                    let version = past.as_of(Moment(Timestamp(moment)));
                    if let Ok(mut made) = made.lock() {
                        *made = Some((day, version.board));
                    }
                }
                Err(words) => {
                    if let Ok(mut later) = later.lock() {
                        later.push(crate::views::Intent::Say(Tone::Bad, words));
                    }
                }
            });
    }

    /// Draws the strip that says which day is shown, with the way back.
    fn as_of_ui(&mut self, ui: &mut Ui, day: NaiveDate) {
        let colors = theme::palette(ui);
        let words = format!(
            "Everything as of {}; nothing can be changed here",
            crate::format::day(day, self.desk.today())
        );
        ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
            let shown = RichText::new(&words).font(font::strong());
            ui.add(egui::Label::new(shown.color(colors.warn)).truncate())
                .widget_info(|| WidgetInfo::labeled(Role::Status, true, &words));
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                if ui.add(Button::quiet("Back to now")).clicked() {
                    self.as_of = AsOf::default();
                }
            });
        });
    }
}
