//! Time zones by name (`time.LoadLocation`). The lab's clock is always after 2025: the present rules of each zone, a line
//! of text, stand for the whole database. Zones that follow the moon (Morocco in Ramadan) are without their exceptions.

use crate::sim::Zone;

const RULES: &str = include_str!("timezones.txt");

/// The zone of this name.
///
/// # Errors
///
/// When there is none.
pub fn find(name: &str) -> Result<Zone, String> {
    let unknown = || format!("unknown time zone {name}");
    if name.is_empty() || name == "UTC" {
        return Ok(Zone::UTC);
    }
    let rules = RULES.lines().filter(|line| !line.starts_with('#'));
    for (rule, names) in rules.filter_map(|line| line.split_once(' ')) {
        if names.split(' ').any(|known| known == name) {
            return Zone::posix(rule).ok_or_else(unknown);
        }
    }
    Err(unknown())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_can_be_read() {
        let names: Vec<&str> = RULES
            .lines()
            .filter(|line| !line.starts_with('#'))
            .flat_map(|line| line.split(' ').skip(1))
            .collect();
        assert!(names.len() > 500);
        for name in names {
            assert!(find(name).is_ok(), "{name}");
        }
        assert_eq!(find("Lune/Mare").unwrap_err(), "unknown time zone Lune/Mare");
    }
}
