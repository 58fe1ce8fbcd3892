//! What a refusal costs: every hostile input that was measured to hurt Automerge, within 50 ms and 32 MiB.
//!
//! Memory is the peak of this process's allocator during the check, so this binary holds one test only. Time is what
//! the thread computed, not the wall clock, so that a busy machine changes nothing; where the system does not tell,
//! memory alone is checked, and a line says so.

#[cfg(test)]
mod cost {
    use std::io::Write as _;

    use adjutant_base::{ChangeHash, ChangeMeta, limits};
    use adjutant_sync::gate::{GateError, check_change, check_document, decode_message};
    use adjutant_sync::graph::{ChangeGraph, Inserted};
    use adjutant_sync::session::{Role, Session};
    use adjutant_sync::wire::Frame;
    use flate2::Compression;
    use flate2::write::DeflateEncoder;
    use peak_alloc::PeakAlloc;
    use sha2::{Digest as _, Sha256};

    #[global_allocator]
    static MEMORY: PeakAlloc = PeakAlloc;

    const MOST_MS: u64 = 50;
    const MOST_BYTES: usize = 32 << 20;

    const DOCUMENT: u8 = 0;
    const CHANGE: u8 = 1;
    const DEFLATED_CHANGE: u8 = 2;
    /// The column of actions: one row an operation.
    const ACTION: u32 = 0x42;
    const DEFLATED: u32 = 0b1000;

    fn number(mut value: u64) -> Vec<u8> {
        let mut bytes = Vec::new();
        loop {
            let low = (value & 0x7f) as u8;
            value >>= 7;
            if value == 0 {
                bytes.push(low);
                return bytes;
            }
            bytes.push(low | 0x80);
        }
    }

    /// A run of `count` equal values, as a column has it; `count` as a signed number.
    fn run(count: u64) -> Vec<u8> {
        let mut bytes = number(count);
        if bytes.last().is_some_and(|last| last & 0x40 != 0) {
            *bytes.last_mut().unwrap() |= 0x80;
            bytes.push(0);
        }
        bytes.push(1);
        bytes
    }

    fn deflate(zeros: usize) -> Vec<u8> {
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
        let piece = vec![0; 1 << 20];
        (0..zeros >> 20).for_each(|_| encoder.write_all(&piece).unwrap());
        encoder.finish().unwrap()
    }

    /// A chunk whose checksum fits.
    fn chunk(kind: u8, body: &[u8]) -> Vec<u8> {
        let hashed = [&[kind], number(body.len() as u64).as_slice(), body].concat();
        let hash = Sha256::digest(&hashed);
        [&[0x85, 0x6f, 0x4a, 0x83], &hash[..4], &hashed].concat()
    }

    /// A document chunk with one column of operations.
    fn document(specification: u32, column: &[u8]) -> Vec<u8> {
        let mut body = vec![0, 0, 0, 1];
        body.extend(number(u64::from(specification)));
        body.extend(number(column.len() as u64));
        body.extend_from_slice(column);
        chunk(DOCUMENT, &body)
    }

    /// A deflated change of so many zeros. Its checksum would fit some body: it is not reached.
    fn deflated_change(zeros: usize) -> Vec<u8> {
        let deflated = deflate(zeros);
        let mut bytes = vec![0x85, 0x6f, 0x4a, 0x83, 0, 0, 0, 0, DEFLATED_CHANGE];
        bytes.extend(number(deflated.len() as u64));
        bytes.extend(deflated);
        bytes
    }

    /// A sync message of version 1 that carries this chunk.
    fn message(chunk: &[u8]) -> Vec<u8> {
        let mut bytes = vec![0x42, 0, 0, 0, 1];
        bytes.extend(number(chunk.len() as u64));
        bytes.extend_from_slice(chunk);
        bytes
    }

    fn message_with_filter(filter: &[u8]) -> Vec<u8> {
        let mut bytes = vec![0x42, 0, 0, 1, 0];
        bytes.extend(number(filter.len() as u64));
        bytes.extend_from_slice(filter);
        bytes.push(0);
        bytes
    }

    /// Returns the time that this thread has computed, in nanoseconds, if the system tells.
    fn computed_ns() -> Option<u64> {
        let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
        text.split(' ').next()?.parse().ok().filter(|ns| *ns > 0)
    }

    /// Checks that `refuse` refuses, what it says, and what it costs.
    fn check(name: &str, words: &str, refuse: &mut dyn FnMut() -> Option<String>) {
        let before = MEMORY.current_usage();
        MEMORY.reset_peak_usage();
        let started = computed_ns();
        let refusal = refuse();
        let ended = computed_ns();
        let used_bytes = MEMORY.peak_usage().saturating_sub(before);
        let refusal = refusal.unwrap_or_else(|| panic!("{name} is not refused"));
        assert!(
            refusal.contains(words),
            "{name}: {refusal:?} does not say {words:?}"
        );
        assert!(used_bytes <= MOST_BYTES, "{name}: {used_bytes} bytes");
        match (started, ended) {
            (Some(started), Some(ended)) => {
                let ms = (ended - started) / 1_000_000;
                println!("{name}: {ms} ms, {} KiB", used_bytes >> 10);
                assert!(ms <= MOST_MS, "{name}: {ms} ms");
            }
            _ => println!(
                "{name}: time is not checked, the system does not tell; {} KiB",
                used_bytes >> 10
            ),
        }
    }

    fn words<T>(outcome: Result<T, GateError>) -> Option<String> {
        outcome.err().map(|error| error.to_string())
    }

    /// Lets a relay's session judge a message.
    fn session(bytes: &[u8]) -> Option<String> {
        words(Session::new(Role::Relay).receive(&ChangeGraph::new(), bytes))
    }

    fn measured_rows() {
        let bomb = document(ACTION | DEFLATED, &deflate(64 << 20));
        check("document of 64 MiB zeros", "run of no rows", &mut || {
            words(check_document(&bomb))
        });
        check("document where changes are due", "kind 0", &mut || {
            session(&message(&bomb))
        });
        let zeros = message(&deflated_change(32 << 20));
        assert!(zeros.len() < 40_000);
        check("message with 32 MiB zeros", "inflated bytes", &mut || {
            session(&zeros)
        });
        let gib = message(&deflated_change(1 << 30));
        assert!(gib.len() > 1_000_000);
        check(
            "frame that inflates to 1 GiB",
            "inflated bytes",
            &mut || session(&gib),
        );
        let integers = document(ACTION, &run(2_000_000));
        check("2,000,000 equal integers", "rows", &mut || {
            words(check_document(&integers))
        });
        let mut body = vec![0, 1, 7, 1, 1, 0, 0, 0, 1, 0x42];
        body.extend(number(run(2_000_000).len() as u64));
        body.extend(run(2_000_000));
        let change = chunk(CHANGE, &body);
        check("the same as a change", "rows", &mut || {
            words(check_change(&change))
        });
        let characters = document(ACTION, &run(20_000_000));
        check("20,000,000 equal characters", "rows", &mut || {
            words(check_document(&characters))
        });
        let no_bits = message_with_filter(&[1, 0, 7]);
        check("filter without bits", "0 bits", &mut || session(&no_bits));
        let probes = message_with_filter(&[1, 8, 0xff, 0xff, 0xff, 0xff, 0x0f, 0xff]);
        check("filter with 2^32 probes", "probes", &mut || {
            session(&probes)
        });
    }

    fn lists_and_frames() {
        for (name, before) in [("heads", vec![0x42]), ("needed changes", vec![0x42, 0])] {
            let mut giant = before;
            giant.extend(number(1 << 40));
            check(name, name, &mut || words(decode_message(&giant)));
            giant.truncate(giant.len() - number(1 << 40).len());
            // As many as there are bytes for: refused before any is kept.
            giant.extend(number(1 << 20));
            giant.resize(giant.len() + (32 << 20), 7);
            check(name, name, &mut || words(decode_message(&giant)));
        }
        let mut filters = vec![0x42, 0, 0];
        filters.extend(number(1 << 30));
        check("filters", "filters", &mut || {
            words(decode_message(&filters))
        });
        // A map that says that it has 2^60 entries, texts that say that they are long, maps in maps.
        let nested = [vec![0xA1, 0x61, b'x'], vec![0x81; 1 << 20]].concat();
        for (name, frame) in [
            ("map without end", vec![0xBB, 0x10, 0, 0, 0, 0, 0, 0, 0]),
            (
                "text of 2^63 bytes",
                vec![0xA1, 0x7B, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF],
            ),
            ("a million lists in lists", nested),
            ("nothing", vec![]),
            ("odd bytes", vec![0xFF; 1 << 20]),
        ] {
            check(name, "", &mut || {
                Frame::decode(&frame).err().map(|error| error.to_string())
            });
        }
    }

    fn orphans_without_end() {
        let orphan = |number: u64| {
            let mut hash = [0; 32];
            hash[..8].copy_from_slice(&number.to_be_bytes());
            ChangeMeta {
                hash: ChangeHash(hash),
                deps: vec![ChangeHash([0xFF; 32])],
                actor: [1; 16].as_slice().into(),
                seq: number + 2,
                start_op: 1,
                op_count: 1,
                time_s: 0,
                size_bytes: 100,
            }
        };
        let mut graph = ChangeGraph::new();
        check("orphans without end", "held back", &mut || {
            (0..limits::ORPHANS as u64 * 2).find_map(|number| match graph.insert(orphan(number)) {
                Inserted::Refused(refusal) => Some(refusal.to_string()),
                Inserted::New(_) | Inserted::Known | Inserted::Orphan => None,
            })
        });
        assert_eq!(graph.orphans(), limits::ORPHANS);
    }

    #[test]
    fn every_hostile_input_is_refused_within_50_ms_and_32_mib() {
        measured_rows();
        lists_and_frames();
        orphans_without_end();
    }
}
