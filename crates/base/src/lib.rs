//! Ids, clock, limits and error printing: what every other crate shares.
//!
//! No I/O lives here. The one rule: a value of these types is valid by construction, so nobody checks it twice.

pub mod change;
pub mod clock;
pub mod error;
pub mod hex;
pub mod id;
pub mod limits;
pub mod link;

pub use change::{ChangeMeta, Snapshot, StoredChange};
pub use clock::{Clock, ManualClock, SystemClock, Timestamp};
pub use id::{
    ActorId, ChangeHash, CompartmentId, ContentHash, DeviceId, DocumentClass, DocumentId, IdError,
    RecordId, WorkspaceId,
};
pub use link::{JoinLink, KeyFingerprint, LinkError, RelayAddress, Security, WorkspaceSecret};
