//! Every limit of the program, with its unit in its name.
//!
//! A queue, message, file, document or loop that is not bounded by a constant here (or by a configured value that
//! starts from one) is a defect. The relay can override the network ones.

/// Largest WebSocket message, in bytes: a foreign client sends its whole backlog as one message.
pub const MESSAGE_BYTES: usize = 64 << 20;
/// All messages of all connections that are being read or decoded at one time, in bytes.
pub const IN_FLIGHT_BYTES: usize = 256 << 20;
/// Size at which our own sync messages are split, in bytes.
pub const OWN_MESSAGE_BYTES: usize = 1 << 20;
/// Largest change after inflation, in bytes.
pub const CHANGE_INFLATED_BYTES: usize = 16 << 20;
/// Operations in one change.
pub const CHANGE_OPERATIONS: u64 = 200_000;
/// Largest document chunk after inflation that a desktop takes from its relay, in bytes.
pub const DOCUMENT_INFLATED_BYTES: usize = 64 << 20;
/// Operations in one document chunk.
pub const DOCUMENT_OPERATIONS: u64 = 1_000_000;
/// Dependencies of one change.
pub const CHANGE_DEPS: usize = 1_000;
/// Length of an actor id, in bytes.
pub const ACTOR_BYTES: usize = 256;
/// Actors that one change or document refers to.
pub const ACTORS: usize = 100_000;
/// Predecessors of all operations of one change together.
pub const CHANGE_PREDECESSORS: u64 = 400_000;
/// Bytes of all keys and mark names of one change or document, each as often as it is used.
pub const EXPANDED_TEXT_BYTES: u64 = 64 << 20;
/// Columns of one change or document chunk.
pub const COLUMNS: usize = 64;
/// Changes in one sync message.
pub const MESSAGE_CHANGES: usize = 100_000;
/// Inflated bytes of all chunks of one sync message together.
pub const MESSAGE_INFLATED_BYTES: usize = 256 << 20;
/// Operations of all changes of one sync message together.
pub const MESSAGE_OPERATIONS: u64 = 2_000_000;
/// Entries of one `have` list: Automerge sends one.
pub const HAVE_ENTRIES: usize = 16;
/// Hashes in one `heads`, `need` or `have` list.
pub const HASH_LIST: usize = 10_000;
/// Bloom filter bytes in one `have` entry.
pub const FILTER_BYTES: usize = 4 << 20;
/// Probes of one Bloom filter entry.
pub const FILTER_PROBES: u32 = 32;
/// Changes held back because a dependency has not come yet, per document.
pub const ORPHANS: usize = 10_000;
/// Bytes of changes held back because a dependency has not come yet, per document.
pub const ORPHAN_BYTES: usize = 16 << 20;
/// Senders of ephemeral messages, each run of one counted apart, of which a document remembers what has passed.
pub const EPHEMERAL_SOURCES: usize = 1_000;
/// Stores elsewhere of which a document remembers what they are said to hold, and to which one peer may subscribe.
pub const REMOTE_STORES: usize = 256;
/// Heads that one store elsewhere may have of one document.
pub const REMOTE_HEADS: usize = 100;
/// Characters of the name of such a head: 32 bytes in base58check take 50.
pub const REMOTE_HEAD_BYTES: usize = 64;
/// Connections of a relay.
pub const CONNECTIONS: usize = 512;
/// Documents that one connection may talk about.
pub const DOCUMENTS_PER_CONNECTION: usize = 10_000;
/// Connections of one device.
pub const CONNECTIONS_PER_DEVICE: usize = 16;
/// Unauthenticated connections of one address.
pub const UNAUTHENTICATED_PER_ADDRESS: usize = 64;
/// Bytes an unauthenticated peer may send.
pub const UNAUTHENTICATED_BYTES: usize = 4 << 10;
/// Time for the handshake, in milliseconds.
pub const HANDSHAKE_MS: u64 = 10_000;
/// Outbound frames waiting for one connection; beyond it pushes collapse to "heads changed".
pub const OUTBOUND_FRAMES: usize = 256;
/// Outbound bytes waiting for one connection.
pub const OUTBOUND_BYTES: usize = 4 << 20;
/// Time between pings, in milliseconds.
pub const PING_MS: u64 = 20_000;
/// Silence after which a connection counts as dead, in milliseconds.
pub const DEAD_MS: u64 = 60_000;
/// Appends waiting for the one writer of a store.
pub const STORE_QUEUE: usize = 4_096;
/// Commands waiting for the engine.
pub const COMMAND_QUEUE: usize = 1_024;
/// Largest imported file after inflation, in bytes.
pub const IMPORT_BYTES: u64 = 64 << 20;
/// Rows of one import.
pub const IMPORT_ROWS: usize = 200_000;
/// Columns of one import.
pub const IMPORT_COLUMNS: usize = 1_000;
/// Warnings listed one by one for one import; the rest are counted.
pub const IMPORT_WARNINGS: usize = 1_000;
/// Steps that undo remembers.
pub const UNDO_STEPS: usize = 1_000;
/// Characters of one prose field.
pub const PROSE_CHARACTERS: usize = 200_000;
/// Characters of one title or other single-line field.
pub const LINE_CHARACTERS: usize = 1_000;
/// Rows pasted into a grid at one time.
pub const PASTE_ROWS: usize = 5_000;
/// Bytes of one field's value: the longest prose in four-byte characters, with room to spare.
pub const VALUE_BYTES: usize = 1 << 20;
/// Writes of one command.
pub const COMMAND_WRITES: usize = 1_000_000;
/// Links between tasks of one project, those that stand for the tasks below a summary included.
pub const SCHEDULE_LINKS: usize = 200_000;
/// Bytes of an ephemeral (presence) message.
pub const EPHEMERAL_BYTES: usize = 64 << 10;
/// Operations of a document up to which the relay makes a snapshot of it: what a desktop takes.
pub const COMPACT_OPERATIONS: u64 = DOCUMENT_OPERATIONS;
/// Bytes of all changes of a document up to which the relay makes a snapshot of it.
pub const COMPACT_BYTES: u64 = 64 << 20;
/// Bytes of changes since the last snapshot below which no new one is worth its while.
pub const COMPACT_TAIL_BYTES: u64 = 32 << 10;
/// A snapshot is made again when the changes since are more than its own size divided by this.
pub const COMPACT_TAIL_DIVISOR: u64 = 4;
/// Documents waiting for the one thread that makes snapshots; beyond it they are asked about again later.
pub const COMPACT_QUEUE: usize = 64;
/// Messages that one connection may send in a second in the long run; more are slowed down.
pub const CONNECTION_MESSAGES_PER_S: u32 = 2_500;
/// Bytes that one connection may send in a second in the long run.
pub const CONNECTION_BYTES_PER_S: u32 = 16 << 20;
/// Messages that all connections of one device may send in a second in the long run.
pub const DEVICE_MESSAGES_PER_S: u32 = 5_000;
/// Bytes that all connections of one device may send in a second in the long run.
pub const DEVICE_BYTES_PER_S: u32 = 32 << 20;
/// Sending at any speed for what would take this long at the rate, in milliseconds: one message of the greatest size
/// and a backlog of some thousand small ones pass undelayed.
pub const RATE_ALLOWANCE_MS: u64 = 8_000;
/// Time in which a relay that was told to stop has stopped, in milliseconds.
pub const DRAIN_MS: u64 = 8_000;
/// Time between two looks at the files of a relay's certificate, in milliseconds.
pub const CERTIFICATE_CHECK_MS: u64 = 60_000;
/// Time in which a test write must be on the disk for the relay to count as ready, in milliseconds.
pub const PROBE_MS: u64 = 5_000;
/// Time for which the outcome of a test write holds, in milliseconds: asking often must not wear the disk.
pub const PROBE_VALID_MS: u64 = 1_000;
