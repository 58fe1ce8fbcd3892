//! Replays what the fuzzers have collected; see `fuzz/targets.rs` for what is promised of every input.

#[cfg(test)]
#[path = "../fuzz/targets.rs"]
mod targets;

#[cfg(test)]
mod corpus {
    use super::targets;
    use std::path::Path;

    /// Throws every file of a corpus, whole and cut short, at its target.
    fn replay(name: &str, target: fn(&[u8])) {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("fuzz/corpus")
            .join(name);
        let mut files = 0;
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            println!("{}", path.display());
            let bytes = std::fs::read(&path).unwrap();
            target(&bytes);
            for length in (0..bytes.len()).step_by(bytes.len() / 50 + 1) {
                target(&bytes[..length]);
            }
            files += 1;
        }
        assert!(files >= 5, "the corpus of {name} has {files} files");
    }

    #[test]
    fn frames() {
        replay("wire", targets::wire);
    }

    #[test]
    fn chunks_and_messages() {
        replay("gate", targets::gate);
    }

    #[test]
    fn conversations() {
        replay("session", targets::session);
    }
}
