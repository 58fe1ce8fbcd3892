//! Which package may depend on which: the arrows between members, and the libraries that belong to one room.
//!
//! Normal and build dependencies are checked, on every platform and with every feature. Development dependencies are
//! free, and so are the story tests and xtask. The one rule: the tables below and ARCHITECTURE.md say the same.

use super::Complaint;

/// A package of the workspace, as far as this check sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// The package's name.
    pub name: String,
    /// Its manifest, relative to the workspace root.
    pub manifest: String,
    /// The packages that it depends on, development dependencies left out.
    pub dependencies: Vec<String>,
}

const ARROW: &str = "the arrows keep rules apart from bytes and screens, and the relay ignorant of the domain (see ARCHITECTURE.md)";
const ROOM: &str = "a library that many rooms name can be neither replaced nor reasoned about; wrap it where it belongs";
const TABLE: &str = "a package without a row in the table of arrows could depend on anything";

/// What each member may depend on, among members.
const ARROWS: [(&str, &[&str]); 10] = [
    ("adjutant-base", &[]),
    ("adjutant-model", &["adjutant-base"]),
    ("adjutant-doc", &["adjutant-model", "adjutant-base"]),
    ("adjutant-sync", &["adjutant-base"]),
    ("adjutant-store", &["adjutant-base"]),
    ("adjutant-exchange", &["adjutant-model", "adjutant-base"]),
    (
        "adjutant-client",
        &[
            "adjutant-doc",
            "adjutant-sync",
            "adjutant-store",
            "adjutant-model",
            "adjutant-base",
        ],
    ),
    (
        "adjutant-cli",
        &[
            "adjutant-client",
            "adjutant-exchange",
            "adjutant-model",
            "adjutant-base",
        ],
    ),
    (
        "adjutant",
        &[
            "adjutant-client",
            "adjutant-exchange",
            "adjutant-model",
            "adjutant-base",
        ],
    ),
    (
        "adjutant-relay",
        &["adjutant-sync", "adjutant-store", "adjutant-base"],
    ),
];

/// Members that may depend on everything: they test and build, nobody ships them.
const FREE: [&str; 2] = ["adjutant-tests", "xtask"];

/// Families of libraries, and the only members that may name them.
const ROOMS: [(&str, &[&str]); 9] = [
    ("egui", &["adjutant"]),
    ("eframe", &["adjutant"]),
    ("axum", &["adjutant-relay"]),
    ("hyper", &["adjutant-relay"]),
    ("tower", &["adjutant-relay"]),
    ("tokio", &["adjutant-client", "adjutant-relay"]),
    ("rustls", &["adjutant-client", "adjutant-relay"]),
    ("rusqlite", &["adjutant-store"]),
    ("automerge", &["adjutant-doc", "adjutant-sync"]),
];

/// Checks the dependencies of all members.
pub fn check(members: &[Member]) -> Vec<Complaint> {
    members
        .iter()
        .flat_map(|member| check_member(member, members))
        .collect()
}

fn check_member(member: &Member, members: &[Member]) -> Vec<Complaint> {
    let complain = |wrong, rationale| Complaint {
        file: member.manifest.clone(),
        line: 1,
        wrong,
        rationale,
    };
    let name = member.name.as_str();
    if FREE.contains(&name) {
        return Vec::new();
    }
    let Some((_, allowed)) = ARROWS.iter().find(|(row, _)| *row == name) else {
        return vec![complain(
            format!("{name} has no row in xtask/src/tidy/arrows.rs"),
            TABLE,
        )];
    };
    let mut complaints = Vec::new();
    for dependency in &member.dependencies {
        let is_member = members.iter().any(|other| other.name == *dependency);
        if is_member && !allowed.contains(&dependency.as_str()) {
            complaints.push(complain(
                format!("{name} may not depend on {dependency}"),
                ARROW,
            ));
        }
        let room = ROOMS
            .iter()
            .find(|(family, _)| is_of_family(dependency, family));
        if let Some((_, rooms)) = room
            && !is_member
            && !rooms.contains(&name)
        {
            let wrong = format!(
                "only {} may depend on {dependency}, not {name}",
                rooms.join(" and ")
            );
            complaints.push(complain(wrong, ROOM));
        }
    }
    complaints
}

/// Tells whether the library is `family` itself or a part of it, such as `tokio-util` of `tokio`.
fn is_of_family(library: &str, family: &str) -> bool {
    library
        .strip_prefix(family)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with(['-', '_']))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(name: &str, dependencies: &[&str]) -> Member {
        Member {
            name: name.to_owned(),
            manifest: format!("{name}/Cargo.toml"),
            dependencies: dependencies.iter().map(|name| (*name).to_owned()).collect(),
        }
    }

    fn wrongs(name: &str, dependencies: &[&str]) -> Vec<String> {
        let members = [
            member(name, dependencies),
            member("adjutant-model", &[]),
            member("adjutant-base", &[]),
        ];
        check(&members)
            .into_iter()
            .map(|complaint| complaint.wrong)
            .collect()
    }

    #[test]
    fn arrows_point_down_only() {
        assert_eq!(
            wrongs("adjutant-sync", &["adjutant-base", "serde"]),
            [""; 0]
        );
        assert_eq!(
            wrongs("adjutant-sync", &["adjutant-model"]),
            ["adjutant-sync may not depend on adjutant-model"]
        );
        assert_eq!(wrongs("adjutant-relay", &["adjutant-model"]).len(), 1);
        assert_eq!(
            wrongs("adjutant-tests", &["adjutant-model", "tokio"]),
            [""; 0]
        );
    }

    #[test]
    fn a_new_member_needs_a_row() {
        assert_eq!(wrongs("adjutant-new", &[]).len(), 1);
    }

    #[test]
    fn libraries_stay_in_their_rooms() {
        assert_eq!(
            wrongs("adjutant-client", &["tokio", "tokio-tungstenite"]),
            [""; 0]
        );
        assert_eq!(
            wrongs("adjutant-store", &["tokio-util", "rusqlite"]),
            [
                "only adjutant-client and adjutant-relay may depend on tokio-util, not adjutant-store"
            ]
        );
        for (library, _) in ROOMS {
            assert_eq!(wrongs("adjutant-base", &[library]).len(), 1, "{library}");
        }
        assert_eq!(wrongs("adjutant-base", &["tokiox"]), [""; 0]);
    }

    #[test]
    fn no_arrow_goes_in_a_circle() {
        // Each row may name only members whose rows stand above it.
        for (idx, (name, allowed)) in ARROWS.iter().enumerate() {
            for dependency in *allowed {
                let above = ARROWS.iter().take(idx).any(|(row, _)| row == dependency);
                assert!(above, "{name} -> {dependency}");
            }
        }
    }
}
