//! Texts with `{{name}}` in them.

/// A text with its names replaced; one that is not known stays, for who comes later.
pub(super) fn fill(text: &str, value: &dyn Fn(&str) -> Option<String>) -> String {
    if !text.contains("{{") {
        return text.to_owned();
    }
    let mut parts = text.split("{{");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        match part.split_once("}}") {
            Some((name, rest)) => {
                match value(name) {
                    Some(value) => out.push_str(&value),
                    None => {
                        out.push_str("{{");
                        out.push_str(name);
                        out.push_str("}}");
                    }
                }
                out.push_str(rest);
            }
            None => {
                out.push_str("{{");
                out.push_str(part);
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::fill;

    #[test]
    fn names_are_replaced_once_and_others_stay() {
        let value = |name: &str| (name == "a").then(|| "{{a}}".to_owned());
        assert_eq!(fill("x {{a}} {{b}} {{", &value), "x {{a}} {{b}} {{");
        assert_eq!(fill("rien", &value), "rien");
    }
}
