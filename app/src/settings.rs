//! What this device's window remembers: the theme and the last screen, in `window.json` in the data folder.
//!
//! Nothing of value lies here: a file that cannot be read counts as none. Read before the first frame, written at the
//! end, never while a frame is drawn.

use std::path::Path;

use crate::theme::Choice;

const FILE: &str = "window.json";

/// What is remembered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct Settings {
    /// The theme.
    pub theme: Choice,
}

impl Settings {
    /// Reads the settings of a data folder; the defaults if there are none.
    pub fn load(folder: &Path) -> Self {
        let text = std::fs::read_to_string(folder.join(FILE)).unwrap_or_default();
        serde_json::from_str(&text).unwrap_or_default()
    }

    /// Writes the settings into a data folder.
    ///
    /// # Errors
    /// What the system says if the file cannot be written.
    pub fn save(self, folder: &Path) -> std::io::Result<()> {
        let text = serde_json::to_string(&self).map_err(std::io::Error::other)?;
        std::fs::write(folder.join(FILE), text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_come_back_and_a_spoilt_file_counts_as_none() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(Settings::load(folder.path()), Settings::default());
        let settings = Settings {
            theme: Choice::Dark,
        };
        settings.save(folder.path()).unwrap();
        assert_eq!(Settings::load(folder.path()), settings);
        std::fs::write(folder.path().join(FILE), "{\"theme\":7").unwrap();
        assert_eq!(Settings::load(folder.path()), Settings::default());
    }
}
