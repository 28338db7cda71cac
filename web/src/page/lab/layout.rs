//! How the lab's screen is divided. Pure: sizes in percent, which panels are folded, and how that is remembered.

/// The four panels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Panel {
    /// Text and exercises.
    Lesson,
    /// The cluster view.
    Cluster,
    /// Manifests.
    Editor,
    /// The shell.
    Terminal,
}

impl Panel {
    /// All of them, in reading order.
    pub(crate) const ALL: [Self; 4] = [Self::Lesson, Self::Cluster, Self::Editor, Self::Terminal];

    /// Its id in the document.
    pub(crate) fn id(self) -> &'static str {
        match self {
            Self::Lesson => "panneau-lecon",
            Self::Cluster => "panneau-cluster",
            Self::Editor => "panneau-editeur",
            Self::Terminal => "panneau-terminal",
        }
    }

    fn index(self) -> usize {
        self as usize
    }
}

/// The three borders that can be moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Border {
    /// Between the lesson and the rest; its place is the lesson's width.
    Lesson,
    /// Between the cluster and what is below; its place is the cluster's height.
    Cluster,
    /// Between editor and terminal; its place is the editor's width.
    Editor,
}

impl Border {
    fn index(self) -> usize {
        self as usize
    }

    /// The least and the most it may be, in percent.
    pub(crate) fn range(self) -> (u32, u32) {
        match self {
            Self::Lesson => (18, 55),
            Self::Cluster => (15, 80),
            Self::Editor => (20, 80),
        }
    }
}

/// Sizes and folds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Layout {
    places: [u32; 3],
    folded: [bool; 4],
    /// The panel that is shown where only one has room.
    pub(crate) tab: Panel,
}

impl Default for Layout {
    fn default() -> Self {
        Self {
            places: [30, 56, 48],
            folded: [false; 4],
            tab: Panel::Lesson,
        }
    }
}

impl Layout {
    /// Where a border is, in percent.
    pub(crate) fn place(&self, border: Border) -> u32 {
        self.places.get(border.index()).copied().unwrap_or(50)
    }

    /// With the border there, as far as its range allows.
    pub(crate) fn moved(mut self, border: Border, percent: i32) -> Self {
        let (least, most) = border.range();
        if let Some(place) = self.places.get_mut(border.index()) {
            *place = u32::try_from(percent).unwrap_or(0).clamp(least, most);
        }
        self
    }

    /// Whether a panel is folded.
    pub(crate) fn is_folded(&self, panel: Panel) -> bool {
        self.folded.get(panel.index()).copied().unwrap_or(false)
    }

    /// With the panel folded, or not any more.
    pub(crate) fn toggled(mut self, panel: Panel) -> Self {
        if let Some(folded) = self.folded.get_mut(panel.index()) {
            *folded = !*folded;
        }
        self
    }

    /// With this panel as the one that is shown.
    pub(crate) fn with_tab(mut self, tab: Panel) -> Self {
        self.tab = tab;
        self
    }

    /// As one word to remember.
    pub(crate) fn to_text(&self) -> String {
        let places: Vec<String> = self.places.iter().map(u32::to_string).collect();
        let folded: String = self
            .folded
            .iter()
            .map(|folded| if *folded { '1' } else { '0' })
            .collect();
        format!("{} {folded}", places.join(" "))
    }

    /// From the remembered word; what is not understood is as at first.
    pub(crate) fn from_text(text: &str) -> Self {
        let mut words = text.split(' ');
        let mut layout = Self::default();
        for border in [Border::Lesson, Border::Cluster, Border::Editor] {
            let Some(place) = words.next().and_then(|word| word.parse().ok()) else {
                return Self::default();
            };
            layout = layout.moved(border, place);
        }
        let folds = words.next().unwrap_or_default();
        for (panel, fold) in Panel::ALL.into_iter().zip(folds.chars()) {
            if fold == '1' {
                layout = layout.toggled(panel);
            }
        }
        layout
    }
}

#[cfg(test)]
mod tests {
    use super::{Border, Layout, Panel};

    #[test]
    fn what_is_remembered_comes_back() {
        let layout = Layout::default()
            .moved(Border::Cluster, 33)
            .toggled(Panel::Editor);
        assert_eq!(Layout::from_text(&layout.to_text()), layout);
        assert_eq!(Layout::from_text("n'importe quoi"), Layout::default());
        assert_eq!(Layout::from_text(""), Layout::default());
    }

    #[test]
    fn borders_stay_in_range() {
        let check = |percent, expected| {
            assert_eq!(
                Layout::default()
                    .moved(Border::Lesson, percent)
                    .place(Border::Lesson),
                expected
            );
        };
        check(-5, 18);
        check(10, 18);
        check(40, 40);
        check(99, 55);
    }
}
