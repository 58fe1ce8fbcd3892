//! The bundled fonts: which file serves which family.
//!
//! Every text family falls back to Inter Regular, which has the most glyphs. Icons are a family of their own, so that
//! no icon can turn up in a text.

use std::sync::Arc;

use egui::{FontData, FontDefinitions, FontFamily};

use super::font;

const REGULAR: &str = "Inter";

/// Returns the fonts and families of the desktop.
pub(super) fn definitions() -> FontDefinitions {
    let files: [(&str, &'static [u8]); 7] = [
        (
            REGULAR,
            include_bytes!("../../assets/fonts/Inter-Regular.ttf"),
        ),
        (
            font::MEDIUM,
            include_bytes!("../../assets/fonts/Inter-Medium.ttf"),
        ),
        (
            font::SEMIBOLD,
            include_bytes!("../../assets/fonts/Inter-SemiBold.ttf"),
        ),
        (
            font::DISPLAY,
            include_bytes!("../../assets/fonts/Inter-Display.ttf"),
        ),
        (
            font::FIGURES,
            include_bytes!("../../assets/fonts/Inter-Figures.ttf"),
        ),
        (
            font::FIGURES_MEDIUM,
            include_bytes!("../../assets/fonts/Inter-FiguresMedium.ttf"),
        ),
        (
            font::ICONS,
            include_bytes!("../../assets/fonts/MaterialSymbols-subset.ttf"),
        ),
    ];
    let mut fonts = FontDefinitions::empty();
    for (name, bytes) in files {
        fonts
            .font_data
            .insert(name.to_owned(), Arc::new(FontData::from_static(bytes)));
    }
    fonts
        .families
        .insert(FontFamily::Proportional, vec![REGULAR.to_owned()]);
    fonts.families.insert(
        FontFamily::Monospace,
        vec![font::FIGURES.to_owned(), REGULAR.to_owned()],
    );
    for name in [
        font::MEDIUM,
        font::SEMIBOLD,
        font::DISPLAY,
        font::FIGURES,
        font::FIGURES_MEDIUM,
    ] {
        fonts.families.insert(
            FontFamily::Name(name.into()),
            vec![name.to_owned(), REGULAR.to_owned()],
        );
    }
    fonts.families.insert(
        FontFamily::Name(font::ICONS.into()),
        vec![font::ICONS.to_owned()],
    );
    fonts
}
