//! `samod_relay --data FOLDER`: the minimal samod server as a program, for `cargo xtask bench relay`.
//!
//! Prints its address and serves until it is interrupted or killed.

#[path = "../src/it/samod_server.rs"]
mod samod_server;

use std::io::Write as _;
use std::path::PathBuf;

fn main() -> std::io::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let folder = match (arguments.next().as_deref(), arguments.next()) {
        (Some("--data"), Some(folder)) => PathBuf::from(folder),
        _ => return Err(std::io::Error::other("samod_relay --data FOLDER")),
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let any_port = std::net::SocketAddr::from(([127, 0, 0, 1], 0));
        let server = samod_server::SamodServer::start(&folder, any_port).await?;
        writeln!(std::io::stdout(), "{}", server.address)?;
        tokio::signal::ctrl_c().await?;
        server.stop().await;
        Ok(())
    })
}
