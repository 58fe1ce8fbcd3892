//! Toasts: what just happened, with a way back, at the foot of the window for a few seconds.
//!
//! An error stays until it is closed.

use egui::accesskit::Role;
use egui::{Align, Align2, Area, Context, Id, Layout, Order, RichText, WidgetInfo, vec2};

use crate::icons;
use crate::theme::{self, Tone, font};
use crate::widgets::button::Button;

const SHOWN_S: f64 = 6.0;
/// Toasts kept at a time; older ones make room.
const SHOWN_AT_ONCE: usize = 4;

/// One message.
#[derive(Debug, Clone, PartialEq)]
struct Toast {
    words: String,
    tone: Tone,
    offers_undo: bool,
    /// Egui's time at which it goes, in seconds; `None` if it stays.
    until_s: Option<f64>,
}

/// What the user did with a toast.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ToastAction {
    /// Undo what it reports.
    Undo,
}

/// The messages that are shown.
#[derive(Debug, Default)]
pub struct Toasts {
    shown: Vec<Toast>,
}

impl Toasts {
    /// Shows a message; one with the same words is shown only once.
    pub fn push(&mut self, now_s: f64, tone: Tone, words: impl Into<String>, offers_undo: bool) {
        let words = words.into();
        self.shown.retain(|toast| toast.words != words);
        if self.shown.len() >= SHOWN_AT_ONCE {
            self.shown.remove(0);
        }
        let until_s = (tone != Tone::Bad).then_some(now_s + SHOWN_S);
        self.shown.push(Toast {
            words,
            tone,
            offers_undo,
            until_s,
        });
    }

    /// Draws the messages over everything and returns what was pressed.
    pub fn show_ui(&mut self, ctx: &Context) -> Option<ToastAction> {
        let now_s = ctx.input(|input| input.time);
        self.shown
            .retain(|toast| toast.until_s.is_none_or(|until_s| until_s > now_s));
        let soonest = self
            .shown
            .iter()
            .filter_map(|toast| toast.until_s)
            .reduce(f64::min);
        if let Some(until_s) = soonest {
            let left_s = (until_s - now_s).clamp(0.0, SHOWN_S);
            ctx.request_repaint_after(std::time::Duration::from_secs_f64(left_s));
        }
        if self.shown.is_empty() {
            return None;
        }
        let mut action = None;
        let mut closed = None;
        let area = Area::new(Id::unique("toasts"))
            .order(Order::Foreground)
            .anchor(Align2::CENTER_BOTTOM, vec2(0.0, -20.0));
        area.show(ctx, |ui| {
            for (at, toast) in self.shown.iter().enumerate() {
                match toast_ui(ui, toast) {
                    Some(Pressed::Undo) => (action, closed) = (Some(ToastAction::Undo), Some(at)),
                    Some(Pressed::Close) => closed = Some(at),
                    None => {}
                }
            }
        });
        if let Some(at) = closed {
            self.shown.remove(at);
        }
        action
    }
}

enum Pressed {
    Undo,
    Close,
}

fn toast_ui(ui: &mut egui::Ui, toast: &Toast) -> Option<Pressed> {
    let colors = theme::palette(ui);
    let icon = match toast.tone {
        Tone::Neutral | Tone::Accent => icons::INFO,
        Tone::Ok => icons::DONE,
        Tone::Warn => icons::WARNING,
        Tone::Bad => icons::ERROR,
    };
    let frame = theme::menu_frame(ui).inner_margin(egui::Margin::symmetric(12, 8));
    frame
        .show(ui, |ui| {
            ui.set_max_width(560.0);
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                ui.label(
                    RichText::new(icon.glyph())
                        .font(font::icon(18.0))
                        .color(colors.ink(toast.tone)),
                );
                let words = ui
                    .add(egui::Label::new(RichText::new(&toast.words).color(colors.strong)).wrap());
                words.widget_info(|| WidgetInfo::labeled(Role::Alert, true, &toast.words));
                let undo =
                    toast.offers_undo && ui.add(Button::bare("Undo").icon(icons::UNDO)).clicked();
                let close = ui
                    .add(Button::icon_only(icons::CLOSE, "Close message"))
                    .clicked();
                match (undo, close) {
                    (true, _) => Some(Pressed::Undo),
                    (false, true) => Some(Pressed::Close),
                    (false, false) => None,
                }
            })
            .inner
        })
        .inner
}
