//! A relay with a company's certificate: the program believes whom its operating system believes.
//!
//! `SSL_CERT_FILE` stands for the operating system's list. Unix, because elsewhere that list is not a file.

use std::path::Path;
use std::process::{Command, Output};

use adjutant_base::Security;
use adjutant_relay::{Protection, Relay, RelayConfig};

fn sync(folder: &Path, trusted: &Path, link: &str, timeout: &str) -> Output {
    Command::new(env!("CARGO_BIN_EXE_adjutant-cli"))
        .args(["--person", "Anna Lindqvist", "--data"])
        .arg(folder)
        .args(["sync", "--timeout", timeout, "--join", link])
        .env("SSL_CERT_FILE", trusted)
        .env_remove("SSL_CERT_DIR")
        .output()
        .unwrap()
}

fn certificate(folder: &Path, name: &str) -> (std::path::PathBuf, std::path::PathBuf) {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let paths = (
        folder.join(format!("{name}.pem")),
        folder.join(format!("{name}.key")),
    );
    std::fs::write(&paths.0, made.cert.pem()).unwrap();
    std::fs::write(&paths.1, made.signing_key.serialize_pem()).unwrap();
    paths
}

#[test]
fn a_certificate_that_the_system_trusts_is_enough_and_another_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let (own, key) = certificate(folder, "relay");
    let (other, _) = certificate(folder, "other");
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let config = RelayConfig {
        protection: Protection::Files {
            certificate: own.clone(),
            key,
        },
        ..RelayConfig::new(folder.join("relay"), ([127, 0, 0, 1], 0).into())
    };
    let relay = runtime.block_on(Relay::start(config)).unwrap();
    let mut link = relay.join_link();
    assert_eq!(link.security, Security::Trusted);
    link.address = format!("localhost:{}", relay.address().port())
        .parse()
        .unwrap();

    let synced = sync(&folder.join("anna"), &own, &link.to_string(), "60");
    let errors = String::from_utf8_lossy(&synced.stderr).into_owned();
    assert!(synced.status.success(), "{errors}");
    // The certificate is not made out to the bare address.
    let address = relay.join_link().to_string();
    for (trusted, link) in [(&other, &link.to_string()), (&own, &address)] {
        let refused = sync(&folder.join("ben"), trusted, link, "60");
        let said = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert_eq!(refused.status.code(), Some(1), "{said}");
        assert!(
            said.contains("does not accept the relay's certificate"),
            "{said}"
        );
        assert_eq!(said.lines().count(), 1, "{said}");
    }
    runtime.block_on(relay.shutdown()).unwrap();
}
