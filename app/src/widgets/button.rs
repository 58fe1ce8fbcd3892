//! Buttons: one primary, quiet ones beside it, icons with a name.
//!
//! Every button has an accessible name, shown or not, and a ring while it has the keyboard.

use egui::accesskit::Role;
use egui::{
    Align, CornerRadius, CursorIcon, Rect, Response, Sense, Stroke, StrokeKind, Ui, Widget,
    WidgetInfo, vec2,
};

use crate::icons::Icon;
use crate::theme::{self, CONTROL, RADIUS_CONTROL, font};
use crate::widgets::text;

/// How much a button asks to be pressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Primary,
    Outlined,
    Bare,
}

/// A button with a label, an icon or both.
#[derive(Debug, Clone, Copy)]
#[must_use = "a button does nothing until it is added to a Ui"]
pub struct Button<'a> {
    label: &'a str,
    icon: Option<Icon>,
    trailing: Option<Icon>,
    kind: Kind,
    shows_label: bool,
}

impl<'a> Button<'a> {
    /// Returns the one button of a screen that matters most.
    pub fn primary(label: &'a str) -> Self {
        Self::new(label, Kind::Primary)
    }

    /// Returns a button with a thin outline.
    pub fn quiet(label: &'a str) -> Self {
        Self::new(label, Kind::Outlined)
    }

    /// Returns a button without an outline.
    pub fn bare(label: &'a str) -> Self {
        Self::new(label, Kind::Bare)
    }

    /// Returns a square button that shows an icon; `name` is its tooltip and accessible name.
    pub fn icon_only(icon: Icon, name: &'a str) -> Self {
        Self {
            icon: Some(icon),
            shows_label: false,
            ..Self::new(name, Kind::Bare)
        }
    }

    fn new(label: &'a str, kind: Kind) -> Self {
        Self {
            label,
            icon: None,
            trailing: None,
            kind,
            shows_label: true,
        }
    }

    /// Puts an icon before the label.
    pub fn icon(mut self, icon: Icon) -> Self {
        self.icon = Some(icon);
        self
    }

    /// Puts an icon behind the label, for example to say that a list opens.
    pub fn trailing(mut self, icon: Icon) -> Self {
        self.trailing = Some(icon);
        self
    }

    /// Shows the icon alone if `is_compact`; the label stays its accessible name and becomes its tooltip.
    pub fn compact(mut self, is_compact: bool) -> Self {
        self.shows_label = !(is_compact && self.icon.is_some());
        self
    }

    fn width(&self, ui: &Ui) -> f32 {
        if !self.shows_label {
            return CONTROL;
        }
        let icon = if self.icon.is_some() { 20.0 } else { 0.0 };
        let trailing = if self.trailing.is_some() { 20.0 } else { 0.0 };
        text::width(ui.painter(), self.label, font::strong()) + 24.0 + icon + trailing
    }

    fn paint(&self, ui: &Ui, rect: Rect, response: &Response) {
        let colors = theme::palette(ui);
        let (hovered, pressed) = (response.hovered(), response.is_pointer_button_down_on());
        let (fill, ink, outline) = match self.kind {
            Kind::Primary if hovered => (colors.accent_hover, colors.on_accent, Stroke::NONE),
            Kind::Primary => (colors.accent, colors.on_accent, Stroke::NONE),
            Kind::Outlined | Kind::Bare => {
                let rest = if self.kind == Kind::Outlined {
                    colors.surface
                } else {
                    egui::Color32::TRANSPARENT
                };
                let fill = match (pressed, hovered) {
                    (true, _) => colors.pressed,
                    (false, true) => colors.hover,
                    (false, false) => rest,
                };
                let ink = if hovered { colors.strong } else { colors.text };
                let width = if self.kind == Kind::Outlined {
                    1.0
                } else {
                    0.0
                };
                (fill, ink, Stroke::new(width, colors.border_strong))
            }
        };
        let radius = CornerRadius::same(RADIUS_CONTROL);
        let painter = ui.painter();
        painter.rect(rect, radius, fill, outline, StrokeKind::Inside);
        if self.shows_label {
            let mut inner = rect.shrink2(vec2(12.0, 0.0));
            if let Some(icon) = self.icon {
                let square =
                    Rect::from_min_size(inner.min - vec2(2.0, 0.0), vec2(18.0, rect.height()));
                text::icon(painter, square, icon, 17.0, ink);
                inner.min.x += 20.0;
            }
            if let Some(icon) = self.trailing {
                let square = Rect::from_min_max(
                    inner.right_top() - vec2(16.0, 0.0),
                    inner.max + vec2(2.0, 0.0),
                );
                text::icon(painter, square, icon, 17.0, ink);
                inner.max.x -= 20.0;
            }
            text::line(painter, inner, Align::Min, self.label, font::strong(), ink);
        } else if let Some(icon) = self.icon {
            text::icon(painter, rect, icon, 18.0, ink);
        }
        focus_ring(ui, rect, response);
    }
}

/// Paints the ring that shows where the keyboard is, if it is on this widget.
pub fn focus_ring(ui: &Ui, rect: Rect, response: &Response) {
    if response.has_focus() {
        let stroke = theme::focus_stroke(theme::palette(ui));
        ui.painter().rect_stroke(
            rect.expand(2.0),
            CornerRadius::same(RADIUS_CONTROL + 2),
            stroke,
            StrokeKind::Inside,
        );
    }
}

impl Widget for Button<'_> {
    fn ui(self, ui: &mut Ui) -> Response {
        let (rect, response) =
            ui.allocate_exact_size(vec2(self.width(ui), CONTROL), Sense::click());
        response.widget_info(|| WidgetInfo::labeled(Role::Button, ui.is_enabled(), self.label));
        if ui.is_rect_visible(rect) {
            self.paint(ui, rect, &response);
        }
        let response = response.on_hover_cursor(CursorIcon::PointingHand);
        if self.shows_label {
            response
        } else {
            response.on_hover_text(self.label)
        }
    }
}
