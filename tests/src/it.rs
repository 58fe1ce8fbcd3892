//! Stories with several devices and a real relay, over real WebSockets on loopback.
//!
//! Each story is one promise of the product as a user would put it. Waiting is always for an event with a limit that
//! only a broken program reaches; ports are chosen by the system; clocks stand still unless a story moves them.

#[cfg(test)]
#[path = "it/damage.rs"]
mod damage;
#[cfg(test)]
#[path = "it/interop.rs"]
mod interop;
#[cfg(test)]
#[path = "it/offline.rs"]
mod offline;
#[cfg(test)]
#[path = "it/record.rs"]
mod record;
#[cfg(test)]
#[path = "it/samod_peers.rs"]
mod samod_peers;
#[cfg(test)]
#[path = "it/samod_server.rs"]
mod samod_server;
#[cfg(test)]
#[path = "it/samod_session.rs"]
mod samod_session;
#[cfg(test)]
#[path = "it/tls.rs"]
mod tls;
#[cfg(test)]
#[path = "it/world.rs"]
mod world;
