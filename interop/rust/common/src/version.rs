//! The versions that are in use, as the lockfile has them.

const LOCKFILE: &str = include_str!("../../Cargo.lock");

/// The name and the version of a package.
pub fn locked_version(package: &str) -> String {
    let name = format!("name = \"{package}\"");
    let version = LOCKFILE
        .split("[[package]]")
        .find(|entry| entry.lines().any(|line| line == name))
        .and_then(|entry| {
            entry
                .lines()
                .find_map(|line| line.strip_prefix("version = "))
        })
        .map_or("of unknown version", |version| version.trim_matches('"'));
    format!("{package} {version}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_a_package() {
        assert!(locked_version("tokio").starts_with("tokio 1."));
    }

    #[test]
    fn takes_no_package_for_another() {
        assert_eq!(locked_version("toki"), "toki of unknown version");
    }
}
