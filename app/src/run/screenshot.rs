//! Takes one picture of the real window, saves it and closes the window.
//!
//! For documentation and review only; the window's settings are not saved by such a run.

use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};

use eframe::egui::{ColorImage, Context, ScreenshotCallback, ViewportCommand};

/// Frames to let pass: the first ones lay out with sizes that are not known yet.
const SETTLING: u32 = 6;

/// A picture that is to be taken.
#[derive(Debug)]
pub(super) struct Screenshot {
    file: PathBuf,
    frames: u32,
}

impl Screenshot {
    /// Returns the order to save a picture to `file`.
    pub(super) fn new(file: PathBuf) -> Self {
        Self { file, frames: 0 }
    }

    /// Asks for the picture when the window has settled and nothing is under way in the background, and saves it when it comes.
    pub(super) fn logic(&mut self, ctx: &Context, is_busy: bool) {
        if is_busy && self.frames > 0 {
            ctx.request_repaint();
            return;
        }
        self.frames = self.frames.saturating_add(1);
        if self.frames == SETTLING {
            let (file, ctx_then) = (self.file.clone(), ctx.clone());
            ctx.send_viewport_cmd(ViewportCommand::Screenshot(ScreenshotCallback::new(
                move |image| {
                    #[expect(
                        clippy::print_stderr,
                        reason = "a program's answer to its command line"
                    )]
                    if let Err(error) = save(&file, &image) {
                        eprintln!(
                            "adjutant: cannot save the picture to {}: {error}",
                            file.display()
                        );
                    }
                    ctx_then.send_viewport_cmd(ViewportCommand::Close);
                },
            )));
        }
        ctx.request_repaint();
    }
}

fn save(file: &Path, image: &ColorImage) -> anyhow::Result<()> {
    let [width, height] = image.size.map(u32::try_from);
    let mut encoder = png::Encoder::new(BufWriter::new(File::create(file)?), width?, height?);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    let bytes: Vec<u8> = image
        .pixels
        .iter()
        .flat_map(|pixel| [pixel.r(), pixel.g(), pixel.b()])
        .collect();
    encoder.write_header()?.write_image_data(&bytes)?;
    Ok(())
}
