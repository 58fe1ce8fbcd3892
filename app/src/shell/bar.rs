//! Navigation and top bar.
//!
//! Also the sync state and the strip of trouble. Nothing here acts: a press becomes an intent.

use adjutant_client::{LinkState, SyncStatus};
use egui::accesskit::Role;
use egui::{
    Align, CornerRadius, CursorIcon, Layout, Rect, RichText, Sense, Stroke, StrokeKind, Ui,
    WidgetInfo, vec2,
};

use super::Shell;
use crate::commands::{Act, Screen, View, entry_of};
use crate::icons::{self, Icon};
use crate::theme::{self, CONTROL, Choice, GAP, RADIUS_CONTROL, Tone, font};
use crate::views::Intent;
use crate::widgets::button::{self, Button};
use crate::widgets::nav_item::{NavItem, nav_item_ui};
use crate::widgets::text;

impl Shell {
    pub(super) fn nav_ui(&mut self, ui: &mut Ui) {
        let colors = theme::palette(ui);
        let edge = ui.max_rect().right() + 10.0;
        ui.painter().vline(
            edge - 0.5,
            ui.ctx().content_rect().y_range(),
            Stroke::new(1.0, colors.border),
        );
        ui.spacing_mut().item_spacing.y = 2.0;
        brand_ui(ui);
        ui.add_space(GAP[3]);
        // From the bottom first: what is left is the screens', and scrolls where it is short.
        egui::Panel::bottom("below navigation")
            .resizable(false)
            .show_separator_line(false)
            .frame(egui::Frame::NONE)
            .show(ui, |ui| self.nav_foot_ui(ui));
        egui::ScrollArea::vertical()
            .id_salt("navigation")
            .auto_shrink([false, false])
            .show(ui, |ui| self.screens_ui(ui));
    }

    fn screens_ui(&mut self, ui: &mut Ui) {
        let colors = theme::palette(ui);
        let is_narrow = theme::is_narrow(ui.ctx());
        ui.spacing_mut().item_spacing.y = 2.0;
        for view in View::ALL {
            if let Some(heading) = view.heading() {
                ui.add_space(if is_narrow { GAP[1] } else { GAP[2] });
                if !is_narrow {
                    let words = RichText::new(heading).font(font::small_strong());
                    ui.horizontal(|ui| {
                        ui.add_space(8.0);
                        ui.label(words.color(colors.secondary));
                    });
                }
            }
            self.screen_ui(ui, view);
        }
    }

    fn screen_ui(&mut self, ui: &mut Ui, view: View) {
        let (count, what) = self.counted(view);
        let item = NavItem {
            icon: view.icon(),
            label: view.title(),
            count,
            is_current: self.view == view,
        };
        let keys = entry_of(Act::Go(view))
            .map(super::super::commands::Entry::keys_shown)
            .unwrap_or_default();
        let name = theme::is_narrow(ui.ctx()).then(|| view.title().to_owned());
        let parts = name.into_iter().chain(what);
        let parts = parts.chain((!keys.is_empty()).then_some(keys));
        let hint = parts.collect::<Vec<_>>().join(", ");
        let mut response = nav_item_ui(ui, &item);
        if !hint.is_empty() {
            response = response.on_hover_text(hint);
        }
        if response.clicked() {
            self.intents.push(Intent::Run(Act::Go(view)));
        }
    }

    /// Returns what is counted behind a screen's name, and in words.
    fn counted(&self, view: View) -> (usize, Option<String>) {
        let overview = &self.scene.overview;
        if view == View::Conflicts {
            let count = self.scene.board.conflicts().count();
            return (
                count,
                Some(format!("{} to settle", crate::format::count(count))),
            );
        }
        match view.screen() {
            Some(Screen::Projects) => {
                let count = overview.projects.open;
                (count, Some(format!("{} open", crate::format::count(count))))
            }
            Some(Screen::Actions) => {
                let count = overview.actions.open;
                (
                    count,
                    Some(format!("{} to do", crate::format::count(count))),
                )
            }
            Some(Screen::Budget) => {
                let budget = overview.budget.as_ref();
                let count = budget.map_or(0, |budget| budget.red_lines);
                let lines = crate::format::counted(count, "line", "lines");
                (count, Some(format!("{lines} far off plan")))
            }
            Some(Screen::Overview) | None => (0, None),
        }
    }

    fn nav_foot_ui(&mut self, ui: &mut Ui) {
        ui.with_layout(Layout::bottom_up(Align::Min), |ui| {
            if !theme::is_narrow(ui.ctx()) {
                self.sync_ui(ui);
            }
            let conflicts = self.scene.board.conflicts().count();
            if conflicts > 0 {
                conflicts_ui(ui, conflicts);
            }
        });
    }

    /// Draws where edits are, in words; a press changes between online and offline.
    pub(super) fn sync_ui(&mut self, ui: &mut Ui) {
        if sync_ui(ui, &self.status) {
            let is_online = matches!(self.status.link, LinkState::Offline { .. });
            self.intents.push(Intent::Run(Act::Online(is_online)));
        }
    }

    pub(super) fn bar_ui(&mut self, ui: &mut Ui) {
        let colors = theme::palette(ui);
        let rect = ui.max_rect();
        ui.painter().hline(
            ui.clip_rect().x_range(),
            rect.bottom() - 0.5,
            Stroke::new(1.0, colors.border),
        );
        ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
            let title = RichText::new(self.view.title())
                .font(font::page_title())
                .color(colors.strong);
            ui.add(egui::Label::new(title))
                .widget_info(|| WidgetInfo::labeled(Role::Heading, true, self.view.title()));
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                ui.spacing_mut().item_spacing.x = 10.0;
                let primary = self.view.primary();
                if let Some(entry) = entry_of(primary) {
                    let button = Button::primary(entry.name).icon(icons::ADD);
                    let response = ui.add(button.compact(theme::is_narrow(ui.ctx())));
                    if response.clicked() {
                        self.intents.push(Intent::Run(primary));
                    }
                    let keys = entry.keys_shown();
                    if !keys.is_empty() {
                        response.on_hover_text(keys);
                    }
                }
                self.theme_ui(ui);
                if search_ui(ui) {
                    self.intents.push(Intent::Run(Act::Palette));
                }
            });
        });
    }

    fn theme_ui(&mut self, ui: &mut Ui) {
        // The button shows what it changes to: light, dark, as the system, and round again.
        let (icon, name, next) = match self.theme {
            Choice::Light => (icons::DARK, "Change to dark theme", Choice::Dark),
            Choice::Dark => (
                icons::SYSTEM,
                "Change to theme of the system",
                Choice::System,
            ),
            Choice::System | Choice::Contrast => {
                (icons::LIGHT, "Change to light theme", Choice::Light)
            }
        };
        if ui.add(Button::icon_only(icon, name)).clicked() {
            self.intents.push(Intent::Run(Act::Theme(next)));
        }
    }
}

fn brand_ui(ui: &mut Ui) {
    let colors = theme::palette(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 28.0), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, "Adjutant"));
    let mark = Rect::from_min_size(rect.min, vec2(26.0, 26.0));
    ui.painter()
        .rect_filled(mark, CornerRadius::same(7), colors.accent);
    let mut letter = font::card_title();
    letter.size = 15.0;
    text::line(
        ui.painter(),
        mark,
        Align::Center,
        "A",
        letter,
        colors.on_accent,
    );
    if rect.width() < 80.0 {
        return;
    }
    let name = Rect::from_min_max(
        egui::pos2(mark.right() + 9.0, mark.top()),
        egui::pos2(rect.right(), mark.bottom()),
    );
    let mut face = font::card_title();
    face.size = 15.0;
    text::line(
        ui.painter(),
        name,
        Align::Min,
        "Adjutant",
        face,
        colors.strong,
    );
}

/// Draws what looks like a field and opens the palette.
fn search_ui(ui: &mut Ui) -> bool {
    let colors = theme::palette(ui);
    let width = ui.available_width().clamp(36.0, 272.0);
    let (rect, response) = ui.allocate_exact_size(vec2(width, CONTROL), Sense::click());
    let name = entry_of(Act::Palette).map_or("", |entry| entry.name);
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, name));
    let line = if response.hovered() {
        colors.border_strong
    } else {
        colors.border
    };
    ui.painter().rect(
        rect,
        CornerRadius::same(RADIUS_CONTROL),
        colors.sunken,
        Stroke::new(1.0, line),
        StrokeKind::Inside,
    );
    let mut inner = rect.shrink2(vec2(9.0, 0.0));
    let square = Rect::from_min_size(inner.min, vec2(16.0, rect.height()));
    text::icon(ui.painter(), square, icons::SEARCH, 16.0, colors.secondary);
    inner.min.x += 23.0;
    if width < 160.0 {
        inner.max.x = inner.min.x;
    }
    let keys = entry_of(Act::Palette)
        .map(super::super::commands::Entry::keys_shown)
        .unwrap_or_default();
    let shown = text::line(
        ui.painter(),
        inner,
        Align::Max,
        &keys,
        font::small(),
        colors.secondary,
    );
    inner.max.x = shown.left() - 8.0;
    text::line(
        ui.painter(),
        inner,
        Align::Min,
        name,
        font::body(),
        colors.secondary,
    );
    button::focus_ring(ui, rect, &response);
    let clicked = response.clicked();
    response.on_hover_cursor(CursorIcon::PointingHand);
    clicked
}

/// Returns tone and icon of a sync state.
pub(super) fn sync_look(status: &SyncStatus) -> (Tone, Icon) {
    if status.store_failure.is_some() {
        return (Tone::Bad, icons::ERROR);
    }
    match &status.link {
        LinkState::NoRelay => (Tone::Neutral, icons::SAVED),
        LinkState::Connecting => (Tone::Accent, icons::SYNCING),
        LinkState::Offline { .. } => (Tone::Warn, icons::OFFLINE),
        LinkState::Online if status.waiting_changes > 0 => (Tone::Accent, icons::SENDING),
        LinkState::Online if status.documents_behind > 0 => (Tone::Accent, icons::SYNCING),
        LinkState::Online => (Tone::Ok, icons::ON_RELAY),
    }
}

/// Draws where edits are, in words; tells whether it was pressed to change between online and offline.
fn sync_ui(ui: &mut Ui, status: &SyncStatus) -> bool {
    let colors = theme::palette(ui);
    let words = status.words();
    let (tone, icon) = sync_look(status);
    let ink = if tone == Tone::Neutral {
        colors.secondary
    } else {
        colors.ink(tone)
    };
    let width = ui.available_width();
    let galley = ui
        .painter()
        .layout(words.clone(), font::small(), colors.secondary, width - 40.0);
    let height = (galley.size().y + 14.0).max(30.0);
    let (rect, response) = ui.allocate_exact_size(vec2(width, height), Sense::click());
    response.widget_info(|| {
        let mut info = WidgetInfo::labeled(Role::Button, true, "Sync state");
        info.current_text_value = Some(words.clone());
        info
    });
    if response.hovered() {
        ui.painter()
            .rect_filled(rect, CornerRadius::same(RADIUS_CONTROL), colors.hover);
    }
    let square = Rect::from_min_size(rect.min + vec2(8.0, 0.0), vec2(20.0, height));
    text::icon(ui.painter(), square, icon, 17.0, ink);
    let at = egui::pos2(
        square.right() + 8.0,
        rect.center().y - galley.size().y / 2.0,
    );
    ui.painter().galley(at, galley, colors.secondary);
    button::focus_ring(ui, rect, &response);
    let hint = match &status.link {
        LinkState::NoRelay => {
            "All edits are on this device; start with --join and a link to share them".to_owned()
        }
        LinkState::Offline { reason, .. } => format!("{reason}; click to work online"),
        LinkState::Connecting | LinkState::Online => "Click to work offline".to_owned(),
    };
    let clicked = response.clicked() && status.link != LinkState::NoRelay;
    response
        .on_hover_cursor(CursorIcon::PointingHand)
        .on_hover_text(hint);
    clicked
}

fn conflicts_ui(ui: &mut Ui, conflicts: usize) {
    let colors = theme::palette(ui);
    let words = crate::format::counted(
        conflicts,
        "conflict, both kept",
        "conflicts, both values kept",
    );
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 26.0), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &words));
    let square = Rect::from_min_size(rect.min + vec2(8.0, 0.0), vec2(20.0, rect.height()));
    text::icon(ui.painter(), square, icons::WARNING, 17.0, colors.warn);
    let place = Rect::from_min_max(egui::pos2(square.right() + 8.0, rect.top()), rect.max);
    text::line(
        ui.painter(),
        place,
        Align::Min,
        &words,
        font::small(),
        colors.secondary,
    );
}

/// Draws the strip that says what is wrong.
pub(super) fn trouble_ui(ui: &mut Ui, tone: Tone, words: &str) {
    let colors = theme::palette(ui);
    let rect = ui.max_rect();
    let (_, response) = ui.allocate_exact_size(rect.size(), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Alert, true, words));
    let icon = if tone == Tone::Bad {
        icons::ERROR
    } else {
        icons::WARNING
    };
    let square = Rect::from_min_size(rect.min, vec2(20.0, rect.height()));
    text::icon(ui.painter(), square, icon, 18.0, colors.ink(tone));
    let place = Rect::from_min_max(egui::pos2(square.right() + 8.0, rect.top()), rect.max);
    text::line(
        ui.painter(),
        place,
        Align::Min,
        words,
        font::strong(),
        colors.ink(tone),
    );
}
