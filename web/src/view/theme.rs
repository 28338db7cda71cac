//! Colours by name. The values live in `assets/view.css`, once for light and once for dark; nothing here knows them.
//!
//! States differ by shape, lightness and text as well as by hue; hues are chosen to stay apart for colour-blind readers.

/// A colour of the view.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Token {
    /// Behind everything.
    Ground,
    /// A node, a card.
    Surface,
    /// A place inside a surface: the waiting area, a revision's pane.
    Sunken,
    /// A pod.
    Raised,
    /// Thin lines around surfaces.
    Line,
    /// Lines that carry meaning.
    StrongLine,
    /// Main text.
    Text,
    /// Secondary text, still at least 4.5:1 on every ground.
    Soft,
    /// Keyboard focus and selection.
    Focus,
    /// Ready, complete.
    Ready,
    /// On its way: scheduled, pulling, starting, running but not ready.
    Busy,
    /// Waiting for somebody else.
    Waiting,
    /// Failing, blocked.
    Failing,
    /// Going away.
    Leaving,
    /// Ended well.
    Done,
    /// Services.
    Service,
    /// The lines from Services to pods, while they are not the subject.
    ServiceSoft,
    /// Drawn on a state's colour.
    OnState,
    /// One of [`HUES`] hues that tell revisions and owners apart.
    Hue(u8),
}

/// How many hues [`Token::Hue`] has.
pub const HUES: u8 = 6;

impl Token {
    /// All tokens.
    pub const ALL: [Self; 24] = [
        Self::Ground,
        Self::Surface,
        Self::Sunken,
        Self::Raised,
        Self::Line,
        Self::StrongLine,
        Self::Text,
        Self::Soft,
        Self::Focus,
        Self::Ready,
        Self::Busy,
        Self::Waiting,
        Self::Failing,
        Self::Leaving,
        Self::Done,
        Self::Service,
        Self::ServiceSoft,
        Self::OnState,
        Self::Hue(0),
        Self::Hue(1),
        Self::Hue(2),
        Self::Hue(3),
        Self::Hue(4),
        Self::Hue(5),
    ];

    /// The CSS custom property that holds its value.
    #[must_use]
    pub fn property(self) -> &'static str {
        match self {
            Self::Ground => "--view-ground",
            Self::Surface => "--view-surface",
            Self::Sunken => "--view-sunken",
            Self::Raised => "--view-raised",
            Self::Line => "--view-line",
            Self::StrongLine => "--view-strong-line",
            Self::Text => "--view-text",
            Self::Soft => "--view-soft",
            Self::Focus => "--view-focus",
            Self::Ready => "--view-ready",
            Self::Busy => "--view-busy",
            Self::Waiting => "--view-waiting",
            Self::Failing => "--view-failing",
            Self::Leaving => "--view-leaving",
            Self::Done => "--view-done",
            Self::Service => "--view-service",
            Self::ServiceSoft => "--view-service-soft",
            Self::OnState => "--view-on-state",
            Self::Hue(0) => "--view-hue-0",
            Self::Hue(1) => "--view-hue-1",
            Self::Hue(2) => "--view-hue-2",
            Self::Hue(3) => "--view-hue-3",
            Self::Hue(4) => "--view-hue-4",
            Self::Hue(_) => "--view-hue-5",
        }
    }
}
