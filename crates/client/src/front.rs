//! A second program on one data folder asks the first to come to the front.
//!
//! The first listens on loopback, at a port that the system chooses, and leaves port and password in a file of the data
//! folder that only its owner reads. The one rule: whoever does not know the password moves nothing, and whoever does
//! moves the window to the front and nothing else.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use adjutant_base::hex;
use adjutant_store::private;

use crate::identity::random;

/// The file that says how to reach the first program.
const FILE: &str = "front";
/// What the first program answers once its window is on its way.
const ANSWER: &[u8; 2] = b"ok";
/// Time that one side gives the other to say its part.
const PATIENCE: Duration = Duration::from_secs(1);

type Password = [u8; 16];

/// Listens for another program on the same folder; dropping it ends that.
#[derive(Debug)]
pub struct Front {
    file: PathBuf,
    port: u16,
    has_ended: Arc<AtomicBool>,
    listener: Option<JoinHandle<()>>,
}

impl Front {
    /// Begins to listen; `come` is called, on a thread of its own, whenever another program was opened on this folder.
    ///
    /// # Errors
    /// What the system said; then a second program only says that the folder is in use.
    pub fn listen(folder: &Path, come: impl Fn() + Send + 'static) -> std::io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let port = listener.local_addr()?.port();
        let password: Password = random().map_err(std::io::Error::other)?;
        let file = folder.join(FILE);
        private::write(&file, said(port, &password).as_bytes())?;
        let has_ended = Arc::new(AtomicBool::new(false));
        let is_over = Arc::clone(&has_ended);
        let serve = move || {
            // One after the other, each for a second at most.
            for stream in listener.incoming() {
                if is_over.load(Ordering::SeqCst) {
                    return;
                }
                if let Ok(mut stream) = stream
                    && is_known(&mut stream, &password)
                {
                    come();
                    // Whoever asked may have gone.
                    stream.write_all(ANSWER).ok();
                }
            }
        };
        let thread = std::thread::Builder::new().name("front".to_owned());
        Ok(Self {
            file,
            port,
            has_ended,
            listener: Some(thread.spawn(serve)?),
        })
    }
}

impl Drop for Front {
    fn drop(&mut self) {
        // What is left of it leads nowhere.
        std::fs::remove_file(&self.file).ok();
        self.has_ended.store(true, Ordering::SeqCst);
        // Wakes the thread; if that cannot be, it is left to the end of the process.
        if TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).is_ok()
            && let Some(listener) = self.listener.take()
        {
            // One that panicked has printed why.
            listener.join().ok();
        }
    }
}

/// Asks the program that has this folder open to come to the front; tells whether it does. Waits for a second at most.
pub fn bring_blocking(folder: &Path) -> bool {
    let asked = || -> Option<bool> {
        let mut text = String::new();
        let file = std::fs::File::open(folder.join(FILE)).ok()?;
        file.take(64).read_to_string(&mut text).ok()?;
        let (port, password) = heard(&text)?;
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).ok()?;
        stream.set_read_timeout(Some(PATIENCE)).ok()?;
        stream.write_all(&password).ok()?;
        let mut answer = [0; ANSWER.len()];
        stream.read_exact(&mut answer).ok()?;
        Some(answer == *ANSWER)
    };
    asked().unwrap_or(false)
}

fn said(port: u16, password: &Password) -> String {
    format!("{port} {}", hex::encode(password))
}

fn heard(text: &str) -> Option<(u16, Password)> {
    let (port, password) = text.split_once(' ')?;
    Some((port.parse().ok()?, hex::decode(password)?))
}

/// Tells whether the other side says the password in time.
fn is_known(stream: &mut TcpStream, password: &Password) -> bool {
    let mut said = Password::default();
    stream.set_read_timeout(Some(PATIENCE)).is_ok()
        && stream.read_exact(&mut said).is_ok()
        && said == *password
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::sync_channel;

    use super::*;

    #[test]
    fn the_first_program_comes_to_the_front_and_only_for_who_reads_the_folder() {
        let folder = tempfile::tempdir().unwrap();
        assert!(!bring_blocking(folder.path()), "nobody is there");
        let (came, comes) = sync_channel(8);
        let front = Front::listen(folder.path(), move || came.send(()).unwrap()).unwrap();
        assert!(bring_blocking(folder.path()));
        assert!(bring_blocking(folder.path()), "as often as one likes");
        assert_eq!(comes.try_iter().count(), 2);

        let file = folder.path().join(FILE);
        let right = std::fs::read_to_string(&file).unwrap();
        let (port, password) = heard(&right).unwrap();
        for wrong in [
            said(port, &Password::default()),
            said(port, &password).chars().take(20).collect(),
            String::new(),
            "nonsense".repeat(100),
        ] {
            std::fs::write(&file, wrong).unwrap();
            assert!(!bring_blocking(folder.path()));
        }
        // Somebody who says nothing and goes holds nobody up.
        drop(TcpStream::connect((Ipv4Addr::LOCALHOST, port)).unwrap());
        std::fs::write(&file, &right).unwrap();
        assert!(bring_blocking(folder.path()));
        assert_eq!(comes.try_iter().count(), 1);
        drop(front);
        assert!(!file.exists());
        std::fs::write(&file, right).unwrap();
        assert!(
            !bring_blocking(folder.path()),
            "what a killed program left leads nowhere"
        );
    }

    #[cfg(unix)]
    #[test]
    fn only_the_owner_reads_the_password() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let _front = Front::listen(folder.path(), || {}).unwrap();
        let file = std::fs::metadata(folder.path().join(FILE)).unwrap();
        assert_eq!(file.permissions().mode() & 0o777, 0o600);
    }
}
