//! Colours, type, spacing: the one place where the desktop's look is decided.
//!
//! Nothing else names a colour, a font or a corner radius. Pairs of text and ground that are in use are listed in
//! [`pairs`], and a test holds each to the contrast of WCAG 2.2 AA.

mod fonts;

use std::sync::Arc;

use egui::{
    Color32, Context, CornerRadius, FontFamily, FontId, Margin, Shadow, Stroke, TextStyle, Ui,
    Vec2, vec2,
};

/// Space between things, in points: hair, tight, normal, wide, broad.
pub const GAP: [f32; 5] = [4.0, 8.0, 12.0, 16.0, 24.0];
/// Height of a row in a table, in points.
pub const ROW: f32 = 32.0;
/// Height of a row in a grid, in points.
pub const ROW_DENSE: f32 = 28.0;
/// Height of a button or a field, in points.
pub const CONTROL: f32 = 28.0;
/// Height of the top bar, in points.
pub const TOP_BAR: f32 = 52.0;
/// Width of the navigation, in points.
pub const NAV: f32 = 216.0;
/// Width of the navigation in a narrow window: icons only, in points.
pub const NAV_NARROW: f32 = 56.0;
/// Width of the side sheet, in points.
pub const SHEET: f32 = 432.0;
/// Width of the window below which it counts as narrow, in points: a small window, or a large zoom.
const NARROW: f32 = 720.0;
/// Corner radius of buttons and fields, in points.
pub const RADIUS_CONTROL: u8 = 6;
/// Corner radius of menus, in points.
pub const RADIUS_MENU: u8 = 8;
/// Corner radius of cards, in points.
pub const RADIUS_CARD: u8 = 10;
/// Corner radius of the palette, in points.
pub const RADIUS_PALETTE: u8 = 12;

/// The colours of one theme.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Palette {
    /// Behind everything.
    pub bg: Color32,
    /// Behind the navigation.
    pub nav: Color32,
    /// Cards, bars, fields.
    pub surface: Color32,
    /// Sunken fields and tracks.
    pub sunken: Color32,
    /// Under the pointer.
    pub hover: Color32,
    /// Pressed.
    pub pressed: Color32,
    /// Lines between things.
    pub border: Color32,
    /// Lines around things that take input.
    pub border_strong: Color32,
    /// Text.
    pub text: Color32,
    /// Titles and names.
    pub strong: Color32,
    /// Explanations, heads of columns.
    pub secondary: Color32,
    /// Icons that only decorate; never text.
    pub faint: Color32,
    /// The one accent.
    pub accent: Color32,
    /// Ground of what is chosen.
    pub accent_soft: Color32,
    /// Text on the accent.
    pub on_accent: Color32,
    /// The accent under the pointer.
    pub accent_hover: Color32,
    /// Good.
    pub ok: Color32,
    /// Ground of good.
    pub ok_soft: Color32,
    /// Look here.
    pub warn: Color32,
    /// Ground of "look here".
    pub warn_soft: Color32,
    /// Bad.
    pub bad: Color32,
    /// Ground of bad.
    pub bad_soft: Color32,
    /// Over everything while a modal is open.
    pub scrim: Color32,
    /// Tint of the present month's column.
    pub now: Color32,
    /// Grounds of initials; one is picked by name.
    pub avatars: [Color32; 6],
}

#[expect(
    clippy::disallowed_methods,
    reason = "the one place where colours are made"
)]
const fn hex(rgb: u32) -> Color32 {
    let [_, red, green, blue] = rgb.to_be_bytes();
    Color32::from_rgb(red, green, blue)
}

/// The light theme.
pub static LIGHT: Palette = Palette {
    bg: hex(0xF7_F8_FA),
    nav: hex(0xF0_F2_F5),
    surface: hex(0xFF_FF_FF),
    sunken: hex(0xF0_F2_F5),
    hover: hex(0xED_EF_F3),
    pressed: hex(0xE2_E6_EC),
    border: hex(0xE3_E6_EB),
    border_strong: hex(0xCB_D1_DA),
    text: hex(0x2B_33_40),
    strong: hex(0x10_15_1D),
    secondary: hex(0x5D_67_77),
    faint: hex(0x7F_89_99),
    accent: hex(0x34_57_D5),
    accent_soft: hex(0xE8_ED_FC),
    on_accent: hex(0xFF_FF_FF),
    accent_hover: hex(0x2B_4A_BC),
    ok: hex(0x14_78_4A),
    ok_soft: hex(0xDF_F4_E8),
    warn: hex(0x8F_5A_00),
    warn_soft: hex(0xFD_F0_D5),
    bad: hex(0xB3_26_1E),
    bad_soft: hex(0xFC_E4_E2),
    scrim: Color32::from_black_alpha(90),
    now: hex(0xF3_F6_FE),
    avatars: [
        hex(0xFB_DA_D7),
        hex(0xF1_F0_CF),
        hex(0xD9_F2_DC),
        hex(0xD4_EE_F6),
        hex(0xDC_D9_F7),
        hex(0xF7_D9_F0),
    ],
};

/// The dark theme.
pub static DARK: Palette = Palette {
    bg: hex(0x11_14_19),
    nav: hex(0x15_19_20),
    surface: hex(0x18_1C_23),
    sunken: hex(0x0F_13_18),
    hover: hex(0x22_28_31),
    pressed: hex(0x2B_32_3D),
    border: hex(0x27_2D_37),
    border_strong: hex(0x3A_42_4F),
    text: hex(0xC9_D1_DC),
    strong: hex(0xF2_F5_F9),
    secondary: hex(0x9A_A5_B4),
    faint: hex(0x74_80_91),
    accent: hex(0x8A_A4_FF),
    accent_soft: hex(0x1F_2A_4D),
    on_accent: hex(0x0B_10_20),
    accent_hover: hex(0xA0_B5_FF),
    ok: hex(0x5F_D3_9A),
    ok_soft: hex(0x12_35_2A),
    warn: hex(0xF0_B9_5B),
    warn_soft: hex(0x3A_2C_12),
    bad: hex(0xFF_8A_80),
    bad_soft: hex(0x43_1D_1E),
    scrim: Color32::from_black_alpha(140),
    now: hex(0x1C_22_31),
    avatars: [
        hex(0x005A_3432),
        hex(0x4B_4A_24),
        hex(0x28_4B_2D),
        hex(0x20_45_50),
        hex(0x38_34_5E),
        hex(0x55_30_4C),
    ],
};

/// The theme of most contrast: white and yellow on black, every border plain to see.
pub static CONTRAST: Palette = Palette {
    bg: hex(0x00_00_00),
    nav: hex(0x0A_0A_0A),
    surface: hex(0x00_00_00),
    sunken: hex(0x14_14_14),
    hover: hex(0x2A_2A_2A),
    pressed: hex(0x3A_3A_3A),
    border: hex(0x8C_8C_8C),
    border_strong: hex(0xFF_FF_FF),
    text: hex(0xFF_FF_FF),
    strong: hex(0xFF_FF_FF),
    secondary: hex(0xDD_DD_DD),
    faint: hex(0xBB_BB_BB),
    accent: hex(0xFF_D6_0A),
    accent_soft: hex(0x33_2B_00),
    on_accent: hex(0x00_00_00),
    accent_hover: hex(0xFF_E5_66),
    ok: hex(0x6C_FF_A8),
    ok_soft: hex(0x00_2B_12),
    warn: hex(0xFF_C1_4D),
    warn_soft: hex(0x2B_1D_00),
    bad: hex(0xFF_9A_93),
    bad_soft: hex(0x33_0A_08),
    scrim: Color32::from_black_alpha(190),
    now: hex(0x1E_1E_1E),
    avatars: [
        hex(0x005A_1E1A),
        hex(0x4B_4A_10),
        hex(0x10_4B_1A),
        hex(0x00_45_55),
        hex(0x30_2A_66),
        hex(0x55_18_48),
    ],
};

/// Returns the colours that are in force.
pub fn palette(ui: &Ui) -> &'static Palette {
    of(ui.visuals())
}

/// Returns the colours that are in force in this context.
pub fn palette_of(ctx: &Context) -> &'static Palette {
    of(&ctx.style_of(ctx.theme()).visuals)
}

/// Tells whether the window is so narrow that words give way to icons and lines break.
pub fn is_narrow(ctx: &Context) -> bool {
    ctx.content_rect().width() < NARROW
}

/// The palette whose background is in force is in force.
fn of(visuals: &egui::Visuals) -> &'static Palette {
    let mut all = [&LIGHT, &DARK, &CONTRAST].into_iter();
    let fitting = all.find(|palette| palette.bg == visuals.panel_fill);
    fitting.unwrap_or(&LIGHT)
}

/// What a thing says about itself: chooses icon ground and text of tags, tiles and toasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Tone {
    /// Nothing to say.
    #[default]
    Neutral,
    /// Under way.
    Accent,
    /// Good.
    Ok,
    /// Look here.
    Warn,
    /// Bad.
    Bad,
}

impl Palette {
    /// Returns the text colour of a tone.
    pub fn ink(&self, tone: Tone) -> Color32 {
        match tone {
            Tone::Neutral => self.secondary,
            Tone::Accent => self.accent,
            Tone::Ok => self.ok,
            Tone::Warn => self.warn,
            Tone::Bad => self.bad,
        }
    }

    /// Returns the ground of a tone.
    pub fn ground(&self, tone: Tone) -> Color32 {
        match tone {
            Tone::Neutral => self.sunken,
            Tone::Accent => self.accent_soft,
            Tone::Ok => self.ok_soft,
            Tone::Warn => self.warn_soft,
            Tone::Bad => self.bad_soft,
        }
    }
}

/// The fonts in use: what each kind of text is set in.
pub mod font {
    use super::{FontFamily, FontId};

    /// Names of the bundled families beside [`FontFamily::Proportional`].
    pub(super) const MEDIUM: &str = "medium";
    pub(super) const SEMIBOLD: &str = "semibold";
    pub(super) const DISPLAY: &str = "display";
    pub(super) const FIGURES: &str = "figures";
    pub(super) const FIGURES_MEDIUM: &str = "figures-medium";
    pub(super) const ICONS: &str = "icons";

    fn named(size: f32, family: &'static str) -> FontId {
        FontId::new(size, FontFamily::Name(family.into()))
    }

    /// Small print: heads of columns, explanations.
    pub fn small() -> FontId {
        FontId::new(11.5, FontFamily::Proportional)
    }

    /// Small print that stands out: tags.
    pub fn small_strong() -> FontId {
        named(11.5, MEDIUM)
    }

    /// Running text.
    pub fn body() -> FontId {
        FontId::new(13.5, FontFamily::Proportional)
    }

    /// Names, buttons.
    pub fn strong() -> FontId {
        named(13.5, MEDIUM)
    }

    /// Titles of cards.
    pub fn card_title() -> FontId {
        named(14.5, SEMIBOLD)
    }

    /// The page's title.
    pub fn page_title() -> FontId {
        named(18.0, DISPLAY)
    }

    /// The figure of a tile.
    pub fn kpi() -> FontId {
        named(26.0, DISPLAY)
    }

    /// Figures in columns: all digits of one width.
    pub fn figures() -> FontId {
        named(13.0, FIGURES)
    }

    /// Figures of totals.
    pub fn figures_strong() -> FontId {
        named(13.0, FIGURES_MEDIUM)
    }

    /// Figures on axes and in counts.
    pub fn figures_small() -> FontId {
        named(11.5, FIGURES)
    }

    /// Icons at a size.
    pub fn icon(size: f32) -> FontId {
        named(size, ICONS)
    }
}

/// Installs fonts and both themes; call once, before the first frame.
pub fn install(ctx: &Context) {
    ctx.set_fonts(fonts::definitions());
    for (theme, palette) in [(egui::Theme::Light, &LIGHT), (egui::Theme::Dark, &DARK)] {
        ctx.style_mut_of(theme, |style| {
            text_styles(style);
            spacing(style);
            visuals(&mut style.visuals, palette);
        });
    }
}

fn text_styles(style: &mut egui::Style) {
    style.text_styles = [
        (TextStyle::Small, font::small()),
        (TextStyle::Body, font::body()),
        (TextStyle::Button, font::strong()),
        (TextStyle::Heading, font::page_title()),
        (TextStyle::Monospace, font::figures()),
    ]
    .into();
}

fn spacing(style: &mut egui::Style) {
    style.animation_time = 0.12;
    style.spacing.item_spacing = vec2(8.0, 8.0);
    style.spacing.button_padding = vec2(10.0, 5.0);
    style.spacing.interact_size = vec2(CONTROL, CONTROL);
    style.spacing.menu_margin = Margin::same(4);
    style.spacing.window_margin = Margin::same(12);
    style.spacing.tooltip_width = 320.0;
    style.spacing.scroll.floating = true;
    style.spacing.scroll.bar_width = 8.0;
    style.spacing.scroll.floating_width = 3.0;
    style.spacing.scroll.floating_allocated_width = 0.0;
    style.spacing.scroll.dormant_handle_opacity = 0.35;
    // Going to a row of a list that has just grown is no pull past its end: without this egui springs back.
    style.spacing.scroll.kinetic.rubber_band = false;
    style.interaction.selectable_labels = false;
    style.interaction.tooltip_delay = 0.35;
    style.interaction.show_tooltips_only_when_still = false;
}

fn visuals(visuals: &mut egui::Visuals, palette: &Palette) {
    let radius = CornerRadius::same(RADIUS_CONTROL);
    visuals.override_text_color = None;
    visuals.hyperlink_color = palette.accent;
    visuals.faint_bg_color = palette.surface;
    visuals.extreme_bg_color = palette.surface;
    visuals.code_bg_color = palette.sunken;
    visuals.warn_fg_color = palette.warn;
    visuals.error_fg_color = palette.bad;
    visuals.weak_text_color = Some(palette.secondary);
    visuals.panel_fill = palette.bg;
    visuals.window_fill = palette.surface;
    visuals.window_stroke = Stroke::new(1.0, palette.border);
    visuals.window_corner_radius = CornerRadius::same(RADIUS_CARD);
    visuals.menu_corner_radius = CornerRadius::same(RADIUS_MENU);
    visuals.popup_shadow = shadow(visuals.dark_mode);
    visuals.window_shadow = shadow(visuals.dark_mode);
    visuals.selection.bg_fill = palette.accent_soft;
    visuals.selection.stroke = Stroke::new(1.0, palette.accent);
    visuals.striped = false;
    visuals.indent_has_left_vline = false;
    visuals.interact_cursor = Some(egui::CursorIcon::PointingHand);
    // A caret that stands still costs no frames while nothing happens.
    visuals.text_cursor.blink = false;
    visuals.text_cursor.stroke = Stroke::new(1.5, palette.accent);
    let widgets = &mut visuals.widgets;
    for (state, fill, stroke, ink) in [
        (
            &mut widgets.noninteractive,
            palette.surface,
            palette.border,
            palette.text,
        ),
        (
            &mut widgets.inactive,
            palette.surface,
            palette.border_strong,
            palette.text,
        ),
        (
            &mut widgets.hovered,
            palette.hover,
            palette.border_strong,
            palette.strong,
        ),
        (
            &mut widgets.active,
            palette.pressed,
            palette.border_strong,
            palette.strong,
        ),
        (
            &mut widgets.open,
            palette.hover,
            palette.border_strong,
            palette.strong,
        ),
    ] {
        state.bg_fill = fill;
        state.weak_bg_fill = fill;
        state.bg_stroke = Stroke::new(1.0, stroke);
        state.fg_stroke = Stroke::new(1.0, ink);
        state.corner_radius = radius;
        state.expansion = 0.0;
    }
}

fn shadow(is_dark: bool) -> Shadow {
    Shadow {
        offset: [0, 8],
        blur: 28,
        spread: 0,
        color: Color32::from_black_alpha(if is_dark { 120 } else { 36 }),
    }
}

/// Returns the outline that shows where the keyboard is.
pub fn focus_stroke(palette: &Palette) -> Stroke {
    Stroke::new(2.0, palette.accent)
}

/// Returns the frame of a popover or menu.
pub fn menu_frame(ui: &Ui) -> egui::Frame {
    let palette = palette(ui);
    egui::Frame::new()
        .fill(palette.surface)
        .stroke(Stroke::new(1.0, palette.border_strong))
        .corner_radius(RADIUS_MENU)
        .shadow(shadow(ui.visuals().dark_mode))
        .inner_margin(4)
}

/// Returns the size of a picture or window as egui wants it.
pub fn size(width: u16, height: u16) -> Vec2 {
    vec2(f32::from(width), f32::from(height))
}

/// A pair of ink and ground in use: what it is for, ink, ground, least contrast.
pub type Pair = (&'static str, Color32, Color32, f64);

/// Returns every pair of ink and ground that the desktop uses.
///
/// Text needs 4.5 : 1, icons and outlines that carry meaning 3 : 1. Source: WCAG 2.2, 1.4.3 and 1.4.11.
#[expect(clippy::too_many_lines, reason = "one table")]
pub fn pairs(palette: &Palette) -> Vec<Pair> {
    const TEXT: f64 = 4.5;
    const MARK: f64 = 3.0;
    let mut pairs = vec![
        ("text on the page", palette.text, palette.bg, TEXT),
        ("page title", palette.strong, palette.surface, TEXT),
        ("navigation", palette.text, palette.nav, TEXT),
        (
            "navigation under the pointer",
            palette.strong,
            palette.hover,
            TEXT,
        ),
        (
            "navigation chosen",
            palette.accent,
            palette.accent_soft,
            TEXT,
        ),
        ("sync words", palette.secondary, palette.nav, TEXT),
        ("search field", palette.secondary, palette.sunken, TEXT),
        ("text on a card", palette.text, palette.surface, TEXT),
        ("heads of columns", palette.secondary, palette.surface, TEXT),
        ("count on the page", palette.secondary, palette.bg, TEXT),
        (
            "row under the pointer",
            palette.secondary,
            palette.hover,
            TEXT,
        ),
        ("chosen row", palette.secondary, palette.accent_soft, TEXT),
        (
            "chosen row, name",
            palette.strong,
            palette.accent_soft,
            TEXT,
        ),
        ("present month", palette.text, palette.now, TEXT),
        ("present month, head", palette.accent, palette.surface, TEXT),
        ("primary button", palette.on_accent, palette.accent, TEXT),
        (
            "primary button under the pointer",
            palette.on_accent,
            palette.accent_hover,
            TEXT,
        ),
        ("error in words", palette.bad, palette.surface, TEXT),
        (
            "focus ring on a card",
            palette.accent,
            palette.surface,
            MARK,
        ),
        ("focus ring on the page", palette.accent, palette.bg, MARK),
        (
            "focus ring in the navigation",
            palette.accent,
            palette.nav,
            MARK,
        ),
        ("plain icon on a card", palette.faint, palette.surface, MARK),
    ];
    for tone in [Tone::Neutral, Tone::Accent, Tone::Ok, Tone::Warn, Tone::Bad] {
        pairs.push(("tag", palette.ink(tone), palette.ground(tone), TEXT));
        pairs.push(("tone on a card", palette.ink(tone), palette.surface, TEXT));
        pairs.push((
            "tone in the navigation",
            palette.ink(tone),
            palette.nav,
            TEXT,
        ));
    }
    for ground in palette.avatars {
        pairs.push(("initials", palette.strong, ground, TEXT));
    }
    pairs
}

/// Returns the contrast of two opaque colours, from 1 to 21. Source: WCAG 2.2, "contrast ratio".
pub fn contrast(a: Color32, b: Color32) -> f64 {
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

fn luminance(color: Color32) -> f64 {
    let linear = |channel: u8| {
        let value = f64::from(channel) / 255.0;
        if value <= 0.04045 {
            value / 12.92
        } else {
            ((value + 0.055) / 1.055).powf(2.4)
        }
    };
    0.2126 * linear(color.r()) + 0.7152 * linear(color.g()) + 0.0722 * linear(color.b())
}

/// Tells which theme a person asked for.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Default,
    serde::Serialize,
    serde::Deserialize,
    clap::ValueEnum,
)]
#[serde(rename_all = "snake_case")]
pub enum Choice {
    /// Always light.
    Light,
    /// Always dark.
    Dark,
    /// Of most contrast.
    Contrast,
    /// As the system says.
    #[default]
    System,
}

impl Choice {
    /// Returns the word that people read.
    pub fn label(self) -> &'static str {
        match self {
            Self::Light => "Light",
            Self::Dark => "Dark",
            Self::Contrast => "High contrast",
            Self::System => "As the system",
        }
    }

    /// Puts the choice into force.
    pub fn apply(self, ctx: &Context) {
        // egui knows two themes: the one of most contrast stands in the place of the dark one.
        let dark = if self == Self::Contrast {
            &CONTRAST
        } else {
            &DARK
        };
        ctx.style_mut_of(egui::Theme::Dark, |style| {
            visuals(&mut style.visuals, dark);
        });
        ctx.set_theme(match self {
            Self::Light => egui::ThemePreference::Light,
            Self::Dark | Self::Contrast => egui::ThemePreference::Dark,
            Self::System => egui::ThemePreference::System,
        });
    }
}

/// Returns the name's ground among the avatars' colours; equal names have equal grounds.
pub fn avatar_ground(palette: &Palette, name: &str) -> Color32 {
    let sum = name.bytes().fold(7_usize, |sum, byte| {
        sum.wrapping_mul(31).wrapping_add(usize::from(byte))
    });
    let at = sum.checked_rem(palette.avatars.len()).unwrap_or(0);
    palette
        .avatars
        .get(at)
        .copied()
        .unwrap_or(palette.accent_soft)
}

/// A picture that egui shares between frames; named here so that no view needs egui's own path.
pub type Pixels = Arc<egui::ColorImage>;

#[cfg(test)]
mod tests {
    use super::*;

    fn check(name: &str, palette: &Palette) {
        let bad: Vec<String> = pairs(palette)
            .into_iter()
            .filter(|(_, ink, ground, least)| contrast(*ink, *ground) < *least)
            .map(|(what, ink, ground, least)| {
                format!(
                    "{what}: {ink:?} on {ground:?} has {:.2}, needs {least}",
                    contrast(ink, ground)
                )
            })
            .collect();
        assert!(bad.is_empty(), "{name}: {bad:#?}");
    }

    #[test]
    fn every_pair_in_use_can_be_read() {
        check("light", &LIGHT);
        check("dark", &DARK);
        check("high contrast", &CONTRAST);
    }

    #[test]
    fn contrast_is_that_of_the_standard() {
        assert!((contrast(Color32::BLACK, Color32::WHITE) - 21.0).abs() < 0.01);
        // Source: the example #777777 on white that checkers quote as 4.48.
        assert!((contrast(hex(0x77_77_77), Color32::WHITE) - 4.48).abs() < 0.01);
    }
}
