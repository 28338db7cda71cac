//! A border between panels that moves by pointer and by keys (ARIA window splitter).

use wasm_bindgen::JsCast;
use web_sys::Element;
use yew::prelude::*;

use super::layout::Border;
use crate::view::decimal::within;

/// Which border and where.
#[derive(PartialEq, Properties)]
pub(super) struct Props {
    /// Which.
    pub(super) border: Border,
    /// Where, in percent.
    pub(super) place: u32,
    /// Its name.
    pub(super) label: AttrValue,
    /// The panel whose size it is.
    pub(super) controls: AttrValue,
    /// Whether it stands upright and moves sideways.
    pub(super) upright: bool,
    /// The learner moved it, to this many percent.
    pub(super) on_move: Callback<(Border, i32)>,
    /// The learner folded or unfolded the panel with Enter or a double click.
    pub(super) on_toggle: Callback<()>,
}

/// The border.
#[component]
pub(super) fn Separator(props: &Props) -> Html {
    let node = use_node_ref();
    let dragging = use_state_eq(|| false);
    let on_key = keys(props);
    let on_down = {
        let dragging = dragging.clone();
        Callback::from(move |event: PointerEvent| {
            if let Some(element) = event
                .target()
                .and_then(|target| target.dyn_into::<Element>().ok())
            {
                drop(element.set_pointer_capture(event.pointer_id()));
                dragging.set(true);
            }
        })
    };
    let on_pointer = {
        let (node, dragging) = (node.clone(), dragging.clone());
        let (border, upright, on_move) = (props.border, props.upright, props.on_move.clone());
        Callback::from(move |event: PointerEvent| {
            if *dragging
                && let Some(parent) = node
                    .cast::<Element>()
                    .and_then(|element| element.parent_element())
            {
                let room = parent.get_bounding_client_rect();
                let part = if upright {
                    (f64::from(event.client_x()) - room.left()) / room.width()
                } else {
                    (f64::from(event.client_y()) - room.top()) / room.height()
                };
                on_move.emit((border, percent(part)));
            }
        })
    };
    let on_up = {
        let dragging = dragging.clone();
        Callback::from(move |_: PointerEvent| dragging.set(false))
    };
    let on_double = {
        let on_toggle = props.on_toggle.clone();
        Callback::from(move |_: MouseEvent| on_toggle.emit(()))
    };
    let (least, most) = props.border.range();
    html! {
        <div ref={node} class={classes!("separator", if props.upright { "upright" } else { "level" }, dragging.then_some("dragging"))}
            role="separator" tabindex="0" aria-label={props.label.clone()} aria-controls={props.controls.clone()}
            aria-orientation={if props.upright { "vertical" } else { "horizontal" }}
            aria-valuenow={props.place.to_string()} aria-valuemin={least.to_string()} aria-valuemax={most.to_string()}
            onkeydown={on_key} onpointerdown={on_down} onpointermove={on_pointer} onpointerup={on_up.clone()}
            onpointercancel={on_up} ondblclick={on_double} />
    }
}

fn keys(props: &Props) -> Callback<KeyboardEvent> {
    let (border, upright) = (props.border, props.upright);
    let place = i32::try_from(props.place).unwrap_or(50);
    let (on_move, on_toggle) = (props.on_move.clone(), props.on_toggle.clone());
    Callback::from(move |event: KeyboardEvent| {
        let to = match (event.key().as_str(), upright) {
            ("ArrowLeft", true) | ("ArrowUp", false) => place - 2,
            ("ArrowRight", true) | ("ArrowDown", false) => place + 2,
            ("Home", _) => 0,
            ("End", _) => 100,
            ("Enter", _) => {
                event.prevent_default();
                return on_toggle.emit(());
            }
            _ => return,
        };
        event.prevent_default();
        on_move.emit((border, to));
    })
}

fn percent(part: f64) -> i32 {
    #[expect(clippy::cast_possible_truncation, reason = "clamped before")]
    let percent = (within(part, 0.0, 1.0) * 100.0).round() as i32;
    percent
}
