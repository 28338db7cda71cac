//! The files open in the editor. The editor owns their text: nothing here is ever drawn again from other state, and a text
//! changes only by the learner's keys or because a command of the shell wrote the file.

use std::{cell::RefCell, rc::Rc};

use wasm_bindgen::JsValue;

use crate::{
    page::session::Session,
    protocol::{Diagnostic, Input},
};

use super::monaco::{self, CodeEditor, Monaco, TextModel};

/// What a new lab without files begins with.
const FIRST_FILE: &str = "pod.yaml";

struct Page {
    path: String,
    model: TextModel,
    /// The text as the work folder has it.
    saved: String,
    view: JsValue,
    diagnostics: Vec<Diagnostic>,
    /// Whether it is a command's, which waits for it: no file of the work folder.
    lent: bool,
}

/// What the tabs show of a file.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Tab {
    /// Its path.
    pub(super) path: String,
    /// Whether it has changes that the work folder does not know.
    pub(super) changed: bool,
    /// How many problems it has.
    pub(super) problems: usize,
    /// Whether a command waits for it.
    pub(super) lent: bool,
}

struct Book {
    monaco: Monaco,
    editor: CodeEditor,
    session: Session,
    pages: Vec<Page>,
    current: usize,
}

/// The files open in the editor; cheap to clone.
#[derive(Clone)]
pub(super) struct Workbook(Rc<RefCell<Book>>);

impl Workbook {
    /// An empty workbook in this editor.
    pub(super) fn new(monaco: Monaco, editor: CodeEditor, session: Session) -> Self {
        Self(Rc::new(RefCell::new(Book {
            monaco,
            editor,
            session,
            pages: Vec::new(),
            current: 0,
        })))
    }

    /// The editor.
    pub(super) fn editor(&self) -> CodeEditor {
        self.0.borrow().editor.clone()
    }

    /// Monaco.
    pub(super) fn monaco(&self) -> Monaco {
        self.0.borrow().monaco.clone()
    }

    /// Opens these files in place of those before.
    pub(super) fn open(&self, files: &[(String, String)]) {
        let old = {
            let mut book = self.0.borrow_mut();
            book.current = 0;
            std::mem::take(&mut book.pages)
        };
        for (path, text) in files {
            self.push(path, text, text);
        }
        if files.is_empty() {
            self.push(FIRST_FILE, "", "");
        }
        self.show(0);
        for page in old {
            page.model.dispose_model();
        }
    }

    fn push(&self, path: &str, text: &str, saved: &str) {
        let monaco = self.monaco();
        let model = monaco::model(&monaco, text);
        let page = Page {
            path: path.to_owned(),
            model,
            saved: saved.to_owned(),
            view: JsValue::NULL,
            diagnostics: Vec::new(),
            lent: false,
        };
        self.0.borrow_mut().pages.push(page);
    }

    /// The tabs, and which one is shown.
    pub(super) fn tabs(&self) -> (Vec<Tab>, usize) {
        let book = self.0.borrow();
        let tab = |page: &Page| Tab {
            path: page.path.clone(),
            changed: page.model.value() != page.saved,
            problems: page.diagnostics.len(),
            lent: page.lent,
        };
        (book.pages.iter().map(tab).collect(), book.current)
    }

    /// Shows the file at this place.
    pub(super) fn show(&self, place: usize) {
        let (editor, model, view) = {
            let mut book = self.0.borrow_mut();
            let view = book.editor.save_view_state();
            let current = book.current;
            if let Some(page) = book.pages.get_mut(current) {
                page.view = view;
            }
            let Some(page) = book.pages.get(place) else {
                return;
            };
            let shown = (book.editor.clone(), page.model.clone(), page.view.clone());
            book.current = place;
            shown
        };
        editor.set_model(&model);
        editor.restore_view_state(&view);
    }

    /// The path, model and text of the file shown.
    pub(super) fn current(&self) -> Option<(String, TextModel, String)> {
        let book = self.0.borrow();
        let page = book.pages.get(book.current)?;
        Some((page.path.clone(), page.model.clone(), page.model.value()))
    }

    /// Whether the text shown is one that a command waits for.
    pub(super) fn shows_lent(&self) -> bool {
        let book = self.0.borrow();
        book.pages.get(book.current).is_some_and(|page| page.lent)
    }

    /// The first problem of the file shown.
    pub(super) fn first_problem(&self) -> Option<Diagnostic> {
        let book = self.0.borrow();
        book.pages.get(book.current)?.diagnostics.first().cloned()
    }

    /// Takes in what is wrong in a file, unless its text has changed since.
    pub(super) fn set_diagnostics(&self, path: &str, text: &str, diagnostics: Vec<Diagnostic>) {
        let found = {
            let mut book = self.0.borrow_mut();
            let monaco = book.monaco.clone();
            let page = book
                .pages
                .iter_mut()
                .find(|page| page.path == path && page.model.value() == text);
            page.map(|page| {
                page.diagnostics.clone_from(&diagnostics);
                (monaco, page.model.clone())
            })
        };
        if let Some((monaco, model)) = found {
            monaco::set_markers(&monaco, &model, &diagnostics);
        }
    }

    /// Saves every changed file into the work folder.
    pub(super) fn save(&self) {
        let (session, changed) = {
            let mut book = self.0.borrow_mut();
            if book.session.is_past() {
                // nothing can be done to the past; what was typed stays, and is saved from the present
                return;
            }
            let mut changed = Vec::new();
            for page in &mut book.pages {
                let text = page.model.value();
                if text != page.saved && !page.lent {
                    page.saved.clone_from(&text);
                    changed.push((page.path.clone(), text));
                }
            }
            (book.session.clone(), changed)
        };
        for (path, text) in changed {
            session.act(Input::SaveFile { path, text });
        }
    }

    /// Saves, and applies the file shown, visibly in the terminal.
    pub(super) fn apply(&self) {
        if self.shows_lent() {
            return self.give_back(true);
        }
        self.save();
        let session = self.0.borrow().session.clone();
        if let Some((path, _, _)) = self.current() {
            session.apply(&format!("kubectl apply -f {}", quoted(&path)));
        }
    }

    /// Every file, path and text.
    pub(super) fn files(&self) -> Vec<(String, String)> {
        let book = self.0.borrow();
        let pages = book
            .pages
            .iter()
            .map(|page| (page.path.clone(), page.model.value()));
        pages.filter(|(_, text)| !text.is_empty()).collect()
    }

    /// Makes a new file and shows it.
    pub(super) fn create(&self) {
        let path = {
            let book = self.0.borrow();
            let taken = |path: &str| book.pages.iter().any(|page| page.path == path);
            (1..)
                .map(|number| format!("manifeste-{number}.yaml"))
                .find(|path| !taken(path))
                .unwrap_or_default()
        };
        self.push(&path, "", "");
        let last = self.0.borrow().pages.len() - 1;
        self.show(last);
        self.editor().focus();
    }

    /// Renames the file at this place; false when the name cannot be.
    pub(super) fn rename(&self, place: usize, to: &str) -> bool {
        let to = to.trim();
        let mut book = self.0.borrow_mut();
        let taken = book
            .pages
            .iter()
            .enumerate()
            .any(|(at, page)| at != place && page.path == to);
        if taken
            || book.session.is_past()
            || to.is_empty()
            || to.starts_with(['/', '-'])
            || to.split('/').any(|part| part.is_empty() || part == "..")
        {
            return false;
        }
        let session = book.session.clone();
        let Some(page) = book.pages.get_mut(place) else {
            return false;
        };
        let from = std::mem::replace(&mut page.path, to.to_owned());
        let known = !page.saved.is_empty();
        drop(book);
        if known && from != to {
            session.act(Input::RenameFile {
                from,
                to: to.to_owned(),
            });
        }
        true
    }

    /// Deletes the file at this place.
    pub(super) fn delete(&self, place: usize) {
        if self.0.borrow().session.is_past() {
            return;
        }
        let Some(page) = self.close(place) else {
            return;
        };
        let session = self.0.borrow().session.clone();
        if !page.saved.is_empty() {
            session.act(Input::RemoveFile { path: page.path });
        }
        page.model.dispose_model();
    }

    /// Takes the page at this place away, and shows its neighbour.
    fn close(&self, place: usize) -> Option<Page> {
        let page = {
            let mut book = self.0.borrow_mut();
            (place < book.pages.len()).then(|| book.pages.remove(place))?
        };
        if self.0.borrow().pages.is_empty() {
            self.push(FIRST_FILE, "", "");
        }
        let next = place.min(self.0.borrow().pages.len() - 1);
        self.0.borrow_mut().current = usize::MAX;
        self.show(next);
        Some(page)
    }

    /// Opens a text of the lesson as a file: in place of the file of this name, which can be undone, or as a new one.
    pub(super) fn put(&self, path: &str, text: &str) {
        let known = self.0.borrow().pages.iter().position(|page| page.path == path);
        let place = match known {
            Some(place) => place,
            None => {
                self.push(path, "", "");
                self.0.borrow().pages.len() - 1
            }
        };
        self.show(place);
        if let Some((_, model, old)) = self.current()
            && old != text
        {
            monaco::replace_all(&model, text);
        }
        self.drop_blank();
        self.save();
        self.editor().focus();
    }

    /// Shows the file of this path, made if there is none.
    pub(super) fn show_path(&self, path: &str) {
        let known = self.0.borrow().pages.iter().position(|page| page.path == path);
        let place = known.unwrap_or_else(|| {
            self.push(path, "", "");
            self.0.borrow().pages.len() - 1
        });
        self.show(place);
        self.drop_blank();
        self.editor().focus();
    }

    /// Shows the text that a command waits to have edited, or closes it.
    pub(super) fn lend(&self, edit: Option<&(String, String)>) {
        let lent = self.0.borrow().pages.iter().position(|page| page.lent);
        match (lent, edit) {
            (Some(place), None) => {
                if let Some(page) = self.close(place) {
                    page.model.dispose_model();
                }
            }
            (None, Some((path, text))) => {
                self.push(path, text, text);
                let last = self.0.borrow().pages.len() - 1;
                if let Some(page) = self.0.borrow_mut().pages.last_mut() {
                    page.lent = true;
                }
                self.show(last);
                self.editor().focus();
            }
            (Some(place), Some((_, text))) => {
                self.show(place);
                if let Some((_, model, _)) = self.current() {
                    monaco::replace_all(&model, text);
                }
            }
            (None, None) => {}
        }
    }

    /// Gives a command its text back: as it is now, or as it was.
    pub(super) fn give_back(&self, keep: bool) {
        let (session, text) = {
            let book = self.0.borrow();
            let lent = book.pages.iter().find(|page| page.lent);
            let text = lent.map(|page| page.model.value());
            (book.session.clone(), text)
        };
        if text.is_some() {
            session.act(Input::Edited(text.filter(|_| keep)));
        }
    }

    /// Closes the blank page that a new lab begins with, once there is something else.
    fn drop_blank(&self) {
        let mut book = self.0.borrow_mut();
        let current = book.current;
        let blank = |(place, page): (usize, &Page)| {
            place != current
                && page.path == FIRST_FILE
                && page.saved.is_empty()
                && page.model.value().is_empty()
        };
        let place = book.pages.iter().enumerate().position(blank);
        if let Some(place) = place {
            let page = book.pages.remove(place);
            if place < current {
                book.current -= 1;
            }
            drop(book);
            page.model.dispose_model();
        }
    }

    /// A command of the shell wrote or removed files.
    pub(super) fn take_in(&self, files: &[(String, Option<String>)]) {
        for (path, text) in files {
            let known = self.0.borrow().pages.iter().position(|page| page.path == *path);
            match (known, text) {
                (Some(place), Some(text)) => self.overwrite(place, text),
                (None, Some(text)) => self.push(path, text, text),
                (Some(place), None) => self.mark_unsaved(place),
                (None, None) => {}
            }
        }
    }

    /// Takes the shell's text, unless the learner has changes of their own there.
    fn overwrite(&self, place: usize, text: &str) {
        let model = {
            let mut book = self.0.borrow_mut();
            let Some(page) = book.pages.get_mut(place) else {
                return;
            };
            let untouched = page.model.value() == page.saved;
            text.clone_into(&mut page.saved);
            (untouched && page.model.value() != text).then(|| page.model.clone())
        };
        if let Some(model) = model {
            model.set_value(text);
        }
    }

    fn mark_unsaved(&self, place: usize) {
        if let Some(page) = self.0.borrow_mut().pages.get_mut(place) {
            page.saved.clear();
        }
    }
}

/// A path as a word of the shell.
fn quoted(path: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '/');
    if path.chars().all(plain) {
        path.to_owned()
    } else {
        format!("'{}'", path.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn paths_become_words() {
        let check = |path, expected: &str| assert_eq!(super::quoted(path), expected);
        check("pod.yaml", "pod.yaml");
        check("mon pod.yaml", "'mon pod.yaml'");
        check("l'eau.yaml", r"'l'\''eau.yaml'");
    }
}
