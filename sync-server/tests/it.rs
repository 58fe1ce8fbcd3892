//! The relay from outside: real sockets, real Automerge documents, the real program where a process must die.
//!
//! Each module is one subject. The rule: no test waits for time to pass; each waits for something to happen.

#[cfg(test)]
mod it {
    pub(crate) mod acknowledge;
    pub(crate) mod changes;
    pub(crate) mod compact;
    pub(crate) mod damage;
    pub(crate) mod device;
    pub(crate) mod disk;
    pub(crate) mod gossip;
    pub(crate) mod hostile;
    pub(crate) mod load;
    pub(crate) mod open;
    pub(crate) mod program;
    pub(crate) mod share;
    pub(crate) mod store;
    pub(crate) mod tls;
    pub(crate) mod upkeep;
    pub(crate) mod watch;
}
