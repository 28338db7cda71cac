//! Completion and hovering: Monaco asks (`web/vendor/assist.js`), the engine answers, this passes the word.

use std::cell::Cell;

use js_sys::Array;
use wasm_bindgen::{JsValue, closure::Closure};
use wasm_bindgen_futures::future_to_promise;

use crate::{
    page::{load, session::Session},
    protocol::{Answer, Query},
};

use super::monaco::Monaco;

thread_local! {
    /// Monaco's providers stand for all editors of the page: they are registered once.
    static TAUGHT: Cell<bool> = const { Cell::new(false) };
}

/// Teaches Monaco's YAML what the engine knows.
pub(super) fn teach(monaco: &Monaco, session: &Session) {
    if TAUGHT.replace(true) {
        return;
    }
    let session = session.clone();
    let ask = Closure::<dyn Fn(String, String, u32, u32) -> JsValue>::new(
        move |what: String, text: String, line: u32, letter: u32| {
            let query = match what.as_str() {
                "suggest" => Query::Suggest { text, line, letter },
                "hover" => Query::Meaning { text, line, letter },
                "format" => Query::Format(text),
                _ => Query::About(line),
            };
            let session = session.clone();
            future_to_promise(async move { Ok(plain(session.ask(query).await)) }).into()
        },
    );
    let snippets =
        Closure::<dyn Fn() -> JsValue>::new(|| future_to_promise(load::json("snippets.json")).into());
    monaco.assist(&ask.into_js_value(), &snippets.into_js_value());
}

/// An answer as `assist.js` reads it.
fn plain(answer: Result<Answer, String>) -> JsValue {
    match answer {
        Ok(Answer::Suggestions(start, list)) => {
            let list = list.into_iter().map(|found| {
                Array::of5(
                    &found.label.into(),
                    &found.insert.into(),
                    &found.detail.into(),
                    &found.rank.into(),
                    &found.about.map_or(JsValue::from(-1), JsValue::from),
                )
            });
            Array::of2(&start.into(), &list.collect::<Array>()).into()
        }
        Ok(Answer::Meaning(Some((title, words, start, end)))) => {
            Array::of4(&title.into(), &words.into(), &start.into(), &end.into()).into()
        }
        Ok(Answer::Text(words)) => words.into(),
        _ => JsValue::NULL,
    }
}

#[cfg(test)]
mod tests {
    use timonier_core::{api::schema::schema, manifest};

    /// A snippet's text as it is written when nothing is changed.
    fn written(body: &str) -> String {
        let mut out = String::new();
        let mut rest = body;
        while let Some((before, after)) = rest.split_once('$') {
            out.push_str(before);
            let Some(inner) = after.strip_prefix('{') else {
                rest = after.trim_start_matches(|c: char| c.is_ascii_digit());
                continue;
            };
            let (place, tail) = inner.split_once('}').expect("a closed place");
            let default = place.trim_start_matches(|c: char| c.is_ascii_digit());
            let choices = default.trim_matches(['|', ':']);
            let first = if default.starts_with('|') {
                choices.split(',').next().unwrap_or_default()
            } else {
                choices
            };
            out.push_str(first);
            rest = tail;
        }
        out + rest
    }

    #[test]
    fn every_snippet_is_a_manifest_without_a_fault() {
        let text = include_str!("../../../../assets/snippets.json");
        let all: serde_json::Map<String, serde_json::Value> = serde_json::from_str(text).expect("JSON");
        assert!(all.len() > 20);
        for (name, snippet) in all {
            let body = written(snippet["body"].as_str().expect("a body"));
            let found = manifest::diagnose(&body, schema());
            assert!(found.is_empty(), "{name}: {found:?}\n{body}");
            assert!(body.contains("kind: "), "{name}");
        }
    }
}
