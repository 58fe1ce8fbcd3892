//! Edits that were made beforehand, as messages of the protocol that a server speaks, and how to recognise each.
//!
//! Nothing is decoded on a measured path: an edit has come when its body is in a frame, and is acknowledged when its mark
//! is: for Automerge the head of the change and its hash, for Yjs the value that was set. The one rule: in both an edit sets a field of one of fifty records.

use std::path::Path;
use std::process::Command;

use adjutant_base::StoredChange;
use adjutant_sync::wire::Frame;
use anyhow::{Context as _, ensure};
use automerge::sync::{BloomFilter, ChunkList, Have, Message, MessageFlags, MessageVersion};
use automerge::transaction::Transactable as _;
use automerge::{ActorId, AutoCommit, ChangeHash, ROOT};

/// First byte of a Yjs sync message that asks for everything that the sender lacks.
const YJS_STEP_1: u8 = 0;
/// First byte of a Yjs sync message that brings an update.
const YJS_UPDATE: u8 = 2;

/// First bytes of every Automerge chunk, be it a change or a document.
const CHUNK: [u8; 4] = [0x85, 0x6F, 0x4A, 0x83];
/// So many first bytes of a change, its checksum among them, are like no other's.
const HEAD_BYTES: usize = 8;

/// Edits of one author, each standing on the one before.
#[derive(Debug, Clone)]
pub struct Line {
    /// What a frame has in it that says that the sender has the edit.
    pub marks: Vec<Vec<u8>>,
    /// What a frame has in it that brings the edit singly.
    bodies: Vec<Vec<u8>>,
    edits: Edits,
}

#[derive(Debug, Clone)]
enum Edits {
    Automerge {
        changes: Vec<Vec<u8>>,
        hashes: Vec<ChangeHash>,
    },
    Yjs {
        updates: Vec<Vec<u8>>,
        /// The document after all of them.
        whole: Vec<u8>,
    },
}

impl Line {
    /// Makes `count` Automerge changes.
    pub fn new(author: u32, count: usize) -> Self {
        let actor = ActorId::from(author.to_be_bytes().as_slice());
        let mut document = AutoCommit::new().with_actor(actor);
        let mut changes = Vec::with_capacity(count);
        let mut hashes = Vec::with_capacity(count);
        for number in 0..count {
            let key = format!("record {}", number % 50);
            // A map takes any string, so this cannot fail.
            document
                .put(ROOT, key, format!("value {author}-{number:08}."))
                .ok();
            document.commit();
            if let Some(change) = document.get_last_local_change() {
                hashes.push(change.hash());
                changes.push(change.raw_bytes().to_vec());
            }
        }
        Self {
            marks: hashes.iter().map(|hash| hash.0.to_vec()).collect(),
            bodies: changes
                .iter()
                .map(|change| change.iter().take(HEAD_BYTES).copied().collect())
                .collect(),
            edits: Edits::Automerge { changes, hashes },
        }
    }

    /// Lets node make `count` Yjs updates with the packages in `folder`.
    ///
    /// # Errors
    /// If node fails.
    pub fn of_yjs(folder: &Path, author: u32, count: usize) -> anyhow::Result<Self> {
        let output = Command::new("node")
            .arg("yjs-line.mjs")
            .args([author.to_string(), count.to_string()])
            .current_dir(folder)
            .output()
            .context("cannot start node")?;
        ensure!(output.status.success(), "node cannot make Yjs updates");
        let mut rest = output.stdout.as_slice();
        let mut updates = Vec::with_capacity(count);
        while let Some((length, more)) = rest.split_first_chunk::<4>() {
            let length = usize::try_from(u32::from_be_bytes(*length))?;
            let (update, more) = more.split_at_checked(length).context("a cut update")?;
            updates.push(update.to_vec());
            rest = more;
        }
        let whole = updates.pop().context("no updates")?;
        ensure!(
            updates.len() == count,
            "node made another number of updates"
        );
        let value = |number| format!("value {author}-{number:08}.").into_bytes();
        let marks: Vec<Vec<u8>> = (0..count).map(value).collect();
        Ok(Self {
            bodies: marks.clone(),
            marks,
            edits: Edits::Yjs { updates, whole },
        })
    }

    /// Returns change `number` as our store keeps it.
    ///
    /// # Errors
    /// If there is no such change.
    pub fn stored(&self, number: usize) -> anyhow::Result<StoredChange> {
        let Edits::Automerge { changes, .. } = &self.edits else {
            anyhow::bail!("our store keeps Automerge changes");
        };
        let bytes = changes.get(number).context("no such change")?;
        Ok(adjutant_sync::gate::check_change(bytes)?)
    }

    /// Returns the message that brings edit `number`.
    ///
    /// # Errors
    /// If there is no such edit.
    pub fn message(&self, number: usize) -> anyhow::Result<Vec<u8>> {
        match &self.edits {
            Edits::Automerge { changes, hashes } => {
                let change = changes.get(number).context("no such edit")?;
                let before = number.checked_sub(1).and_then(|before| hashes.get(before));
                let mut message = plain(hashes.get(number).into_iter(), before.into_iter());
                message.changes = ChunkList::from(vec![change.clone()]);
                Ok(message.encode())
            }
            Edits::Yjs { updates, .. } => {
                let update = updates.get(number).context("no such edit")?;
                Ok(yjs(YJS_UPDATE, update))
            }
        }
    }

    /// Returns the message that brings all edits at once.
    pub fn all(&self) -> Vec<u8> {
        match &self.edits {
            Edits::Automerge { changes, hashes } => {
                let mut message = plain(hashes.last().into_iter(), std::iter::empty());
                for have in &mut message.have {
                    have.bloom = BloomFilter::from_hashes(hashes.iter());
                }
                message.changes = ChunkList::from(changes.clone());
                message.encode()
            }
            Edits::Yjs { whole, .. } => yjs(YJS_UPDATE, whole),
        }
    }

    /// Returns what somebody answers who has everything up to edit `number` and sends nothing; a Yjs client is silent.
    pub fn answer(&self, number: usize) -> Option<Vec<u8>> {
        let Edits::Automerge { hashes, .. } = &self.edits else {
            return None;
        };
        let has = || hashes.get(number).into_iter();
        Some(plain(has(), has()).encode())
    }

    /// Returns the first message of somebody who has nothing and also reads whole documents.
    pub fn hello(&self) -> Vec<u8> {
        match &self.edits {
            Edits::Automerge { .. } => {
                let mut message = plain(std::iter::empty(), std::iter::empty());
                message.flags = Some(flags());
                message.encode()
            }
            // A state vector without entries.
            Edits::Yjs { .. } => yjs(YJS_STEP_1, &[0]),
        }
    }

    /// Tells whether a frame brings edits at all, singly or as a whole document.
    pub fn brings_edits(&self, frame: &[u8]) -> bool {
        match &self.edits {
            Edits::Automerge { .. } => holds(frame, &CHUNK),
            Edits::Yjs { .. } => true,
        }
    }

    /// Tells whether a frame brings edit `number`: singly, or as part of a document whose heads it tells.
    pub fn brings(&self, number: usize, frame: &[u8]) -> bool {
        let has = |marks: &[Vec<u8>]| marks.get(number).is_some_and(|mark| holds(frame, mark));
        has(&self.bodies) || (self.brings_edits(frame) && has(&self.marks))
    }

    /// Returns what a newcomer says to a server that has said what it has and not sent it.
    pub fn insist(&self) -> Option<Vec<u8>> {
        let Edits::Automerge { hashes, .. } = &self.edits else {
            return None;
        };
        let mut message = plain(std::iter::empty(), std::iter::empty());
        message.need = hashes.last().into_iter().copied().collect();
        message.flags = Some(flags());
        Some(message.encode())
    }

    /// Returns how many edits, from the first on without a gap, a server has that answered a newcomer with `frame`.
    pub fn held(&self, frame: &[u8]) -> usize {
        let position = match &self.edits {
            Edits::Automerge { hashes, .. } => {
                let Ok(Frame::Sync { data, .. }) = Frame::decode(frame) else {
                    return 0;
                };
                // Of a server that runs here, so its messages are taken as they are.
                let heads =
                    Message::decode(&data).map_or_else(|_odd| Vec::new(), |told| told.heads);
                hashes.iter().rposition(|hash| heads.contains(hash))
            }
            Edits::Yjs { .. } => self.marks.iter().rposition(|mark| holds(frame, mark)),
        };
        position.map_or(0, |last| last.saturating_add(1))
    }
}

/// Returns the message of somebody who has what stands under `heads` and thinks that `shared` is known to both.
fn plain<'a>(
    heads: impl Iterator<Item = &'a ChangeHash>,
    shared: impl Iterator<Item = &'a ChangeHash>,
) -> Message {
    Message {
        heads: heads.copied().collect(),
        need: Vec::new(),
        have: vec![Have {
            last_sync: shared.copied().collect(),
            bloom: BloomFilter::default(),
        }],
        changes: ChunkList::empty(),
        flags: None,
        version: MessageVersion::V1,
    }
}

/// Returns the flags of a client that also reads whole documents.
fn flags() -> MessageFlags {
    let mut flags = MessageFlags::new();
    flags.set(MessageFlags::SUPPORTS_SYNC_RESET);
    flags
}

fn yjs(kind: u8, bytes: &[u8]) -> Vec<u8> {
    let mut message = vec![kind];
    number(&mut message, bytes.len());
    message.extend_from_slice(bytes);
    message
}

/// Writes a number as Yjs does: seven bits a byte, the lowest first.
pub(super) fn number(bytes: &mut Vec<u8>, mut value: usize) {
    while value > 0x7F {
        bytes.push(u8::try_from(value & 0x7F).unwrap_or_default() | 0x80);
        value >>= 7;
    }
    bytes.push(u8::try_from(value).unwrap_or_default());
}

/// Tells whether a frame has a mark in it.
pub fn holds(frame: &[u8], mark: &[u8]) -> bool {
    frame.windows(mark.len()).any(|window| window == mark)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_edit_is_recognised_and_a_newcomers_answer_counted() {
        let line = Line::new(1, 3);
        assert!(holds(&line.message(2).unwrap(), &line.marks[2]));
        assert!(line.brings(2, &line.message(2).unwrap()));
        assert!(!holds(&line.message(1).unwrap(), &line.marks[2]));
        assert!(!line.brings(2, &line.message(1).unwrap()));
        assert!(!line.brings(2, &line.answer(2).unwrap()));
        assert!(line.brings_edits(&line.message(1).unwrap()));
        assert!(!line.brings_edits(&line.answer(1).unwrap()));
        assert!(line.message(3).is_err());
        let frame = Frame::Sync {
            sender: "a".to_owned(),
            target: "b".to_owned(),
            document: adjutant_base::DocumentId([1; 16]),
            data: line.answer(1).unwrap(),
        };
        assert_eq!(line.held(&frame.encode()), 2);
        assert_eq!(line.held(b"odd"), 0);
    }

    #[test]
    fn lengths_are_written_as_yjs_reads_them() {
        let mut bytes = Vec::new();
        number(&mut bytes, 5);
        number(&mut bytes, 300);
        assert_eq!(bytes, [5, 0xAC, 2]);
    }
}
