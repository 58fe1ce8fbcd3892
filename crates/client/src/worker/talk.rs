//! The worker and its relay: joining, connecting, what is heard and what is said.
//!
//! The one rule: what an ended link still says is not heard, and nothing is said that the link has no room for.

use std::path::Path;

use adjutant_base::JoinLink;
use adjutant_store::private;
use adjutant_sync::wire::Frame;

use super::{RELAY_FILE, Worker};
use crate::engine::JoinError;
use crate::link::{Link, LinkEvent, SendError};
use crate::replica::Effects;
use crate::status::{LinkState, Notice};

impl Worker {
    pub(super) fn join(&mut self, link: JoinLink) -> Result<(), JoinError> {
        if self
            .replica
            .compartment()
            .is_some_and(|compartment| compartment != link.compartment)
        {
            if self.join.is_some() || !self.replica.is_unused() {
                return Err(JoinError::OtherWorkspace);
            }
            self.replica.leave();
        }
        let mut effects = Effects::default();
        let outcome = self.replica.enter(link.compartment, &mut effects);
        self.carry_out(effects);
        outcome?;
        // The link never stands beside a store that does not know its compartment.
        let writer = self.writer.as_ref().ok_or(JoinError::NotSaving)?;
        writer
            .flush_blocking()
            .map_err(|_told| JoinError::NotSaving)?;
        let path = self.folder.join(RELAY_FILE);
        private::write(&path, link.to_string().as_bytes())
            .map_err(|source| JoinError::Keep { path, source })?;
        self.hang_up("joining another relay");
        self.join = Some(link);
        self.dial();
        self.publish();
        Ok(())
    }

    pub(super) fn set_online(&mut self, online: bool) {
        if online {
            self.dial();
        } else {
            self.hang_up("switched off here");
        }
    }

    /// Starts the link, if a relay is known and there is none.
    pub(super) fn dial(&mut self) {
        let Some(join) = &self.join else { return };
        if self.link.is_some() {
            return;
        }
        if self.link_state == LinkState::NoRelay {
            self.link_state = LinkState::Connecting;
        }
        let queue = self.queue.clone();
        let device = self.replica.identity().device();
        self.link = Some(Link::start(
            self.runtime.handle(),
            join.clone(),
            device,
            queue,
        ));
    }

    /// Ends the link at once.
    pub(super) fn hang_up(&mut self, reason: &str) {
        if self.link.take().is_some() {
            self.lost(reason);
        }
    }

    pub(super) fn lost(&mut self, reason: &str) {
        let mut effects = Effects::default();
        self.replica.disconnected(&mut effects);
        self.carry_out(effects);
        // The newest reason counts, and the time since when.
        let since = match self.link_state {
            LinkState::Offline { since, .. } => since,
            LinkState::NoRelay | LinkState::Connecting | LinkState::Online => self.clock.now(),
        };
        self.link_state = LinkState::Offline {
            since,
            reason: reason.into(),
        };
    }

    pub(super) fn hear(&mut self, event: LinkEvent) {
        // What an ended link still had in the queue belongs to no session.
        if self
            .link
            .as_ref()
            .is_none_or(|link| link.number() != event.link)
        {
            return;
        }
        match event.what {
            crate::link::What::Connected => {
                self.link_state = LinkState::Online;
                let mut effects = Effects::default();
                if let Err(error) = self.replica.connected(&mut effects) {
                    self.fail_reading(&error);
                }
                self.carry_out(effects);
            }
            crate::link::What::Frame(frame) => self.hear_frame(frame),
            crate::link::What::Room => {}
            crate::link::What::Lost { reason } => self.lost(&reason),
            crate::link::What::Untrusted { reason } => {
                self.lost(&reason);
                // Whoever waits has to do something about it first.
                self.give_up_waits();
            }
            crate::link::What::Refused { reason } => {
                self.lost(&reason);
                self.link = None;
                self.notify(vec![Notice::RelayRefused { reason }]);
                self.give_up_waits();
            }
        }
    }

    fn hear_frame(&mut self, frame: Frame) {
        let mut effects = Effects::default();
        let outcome = match frame {
            Frame::Sync { document, data, .. } | Frame::Request { document, data, .. } => {
                self.replica.receive(document, &data, &mut effects)
            }
            Frame::DocUnavailable { document, .. } => {
                self.replica.unavailable(document, &mut effects)
            }
            Frame::Error { message, .. } => {
                self.notify(vec![Notice::RelayRefused { reason: message }]);
                Ok(())
            }
            // Presence and other relays' heads: nothing here uses them yet. A join or peer after the handshake says
            // nothing new.
            Frame::Join { .. }
            | Frame::Peer { .. }
            | Frame::Ephemeral { .. }
            | Frame::Leave { .. }
            | Frame::RemoteSubscriptionChange { .. }
            | Frame::RemoteHeadsChanged { .. }
            | _ => Ok(()),
        };
        self.carry_out(effects);
        if let Err(error) = outcome {
            let reason = adjutant_base::error::chain(&error);
            self.notify(vec![Notice::RelayRefused {
                reason: reason.clone(),
            }]);
            if let Some(link) = &self.link {
                link.reset();
            }
            self.lost(&reason);
        }
    }

    /// Says to the relay what there is to say, as far as the link has room.
    pub(super) fn speak(&mut self) {
        if self.link_state != LinkState::Online {
            self.talk.clear();
            return;
        }
        let Some(link) = &self.link else { return };
        while let Some(id) = self.talk.first().copied() {
            if !link.has_room() {
                return;
            }
            // Empty documents are asked for; a relay that lacks them says so.
            let is_empty = self.replica.is_empty(id);
            let Some(data) = self.replica.next_message(id) else {
                self.talk.remove(&id);
                continue;
            };
            match link.send(id, data, is_empty) {
                Ok(()) => {}
                Err(SendError::Closed) => return,
            }
        }
    }
}

/// The remembered join link cannot be read, or is none.
pub(super) struct UnreadableLink;

pub(super) fn read_link(folder: &Path) -> Result<Option<JoinLink>, UnreadableLink> {
    match std::fs::read_to_string(folder.join(RELAY_FILE)) {
        Ok(text) => text.parse().map(Some).map_err(|_odd| UnreadableLink),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(_unreadable) => Err(UnreadableLink),
    }
}
