//! Stories with several devices and a relay.
