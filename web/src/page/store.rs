//! Small things the page itself remembers between visits (layout, theme, the clock at closing). The lab's own saves are
//! the engine's.

use web_sys::Storage;

const PREFIX: &str = "timonier.";

fn storage() -> Option<Storage> {
    web_sys::window()?.local_storage().ok().flatten()
}

/// What was remembered under this name.
#[must_use]
pub fn get(name: &str) -> Option<String> {
    storage()?.get_item(&format!("{PREFIX}{name}")).ok().flatten()
}

/// Remembers; a browser that does not let us is no reason to stop.
pub fn set(name: &str, value: &str) {
    if let Some(storage) = storage() {
        drop(storage.set_item(&format!("{PREFIX}{name}"), value));
    }
}

/// Forgets everything of ours.
pub fn clear() {
    let Some(storage) = storage() else {
        return;
    };
    let ours: Vec<String> = (0..storage.length().unwrap_or(0))
        .filter_map(|index| storage.key(index).ok().flatten())
        .filter(|key| key.starts_with(PREFIX))
        .collect();
    for key in ours {
        drop(storage.remove_item(&key));
    }
}
