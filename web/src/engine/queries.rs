//! Answers to what the page wants to know.

use crate::protocol::{Answer, CourseMap, Query, save::Aside};

use super::{lab::Lab, persist::Keeper};

/// Answers one query.
///
/// # Errors
/// A sentence for the learner.
pub(super) async fn answer(
    lab: Option<&mut Lab>,
    keeper: &mut Keeper,
    query: Query,
) -> Result<Answer, String> {
    match query {
        Query::Course => Ok(Answer::Course(CourseMap::default())),
        Query::EraseAll => {
            keeper.erase().await;
            Ok(Answer::Done)
        }
        Query::Aside => Ok(Answer::Text(aside(keeper).await)),
        _ => {
            let _lab = lab.ok_or_else(String::new)?;
            Err(String::new())
        }
    }
}

/// What was put aside, as a text that a person can read.
async fn aside(keeper: &Keeper) -> String {
    let mut text = String::new();
    for (name, aside) in keeper.aside().await {
        text.push_str(&format!("# {name}\n"));
        match aside {
            Ok(Aside {
                reason,
                header,
                entries,
                raw,
            }) => {
                text.push_str(&format!("reason: {reason}\nheader: {header:?}\n"));
                for entry in entries {
                    text.push_str(&format!("{entry:?}\n"));
                }
                for (name, bytes) in raw {
                    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
                    text.push_str(&format!("{name}: {hex}\n"));
                }
            }
            Err(error) => text.push_str(&format!("{error}\n")),
        }
    }
    text
}
