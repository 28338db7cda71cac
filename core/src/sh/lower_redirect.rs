//! From the parser's tree to ours: redirections.

use brush_parser::ast as brush;

use super::ast::{Piece, Redirect, RedirectTarget, Word};
use super::lower::{Lowered, Lowering};

impl Lowering<'_> {
    pub(super) fn redirects(&mut self, redirects: Option<&brush::RedirectList>) -> Lowered<Vec<Redirect>> {
        redirects
            .iter()
            .flat_map(|list| &list.0)
            .map(|redirect| self.redirect(redirect))
            .collect()
    }

    pub(super) fn redirect(&mut self, redirect: &brush::IoRedirect) -> Lowered<Redirect> {
        Ok(match redirect {
            brush::IoRedirect::File(fd, kind, target) => Redirect {
                fd: *fd,
                target: self.redirect_target(kind, target)?,
            },
            brush::IoRedirect::HereDocument(fd, document) => {
                let body = if document.requires_expansion {
                    self.heredoc(&document.doc.value)?
                } else {
                    Word::literal(document.doc.value.clone())
                };
                Redirect {
                    fd: *fd,
                    target: RedirectTarget::Text(body),
                }
            }
            brush::IoRedirect::HereString(fd, word) => {
                let mut word = self.quoted(&word.value)?;
                word.pieces.push(Piece::Quoted("\n".to_owned()));
                Redirect {
                    fd: *fd,
                    target: RedirectTarget::Text(word),
                }
            }
            brush::IoRedirect::OutputAndError(word, append) => {
                let word = self.word(&word.value)?;
                let target = if *append {
                    RedirectTarget::AppendBoth(word)
                } else {
                    RedirectTarget::WriteBoth(word)
                };
                Redirect { fd: None, target }
            }
        })
    }

    pub(super) fn redirect_target(
        &mut self,
        kind: &brush::IoFileRedirectKind,
        target: &brush::IoFileRedirectTarget,
    ) -> Lowered<RedirectTarget> {
        let word = match target {
            brush::IoFileRedirectTarget::Filename(word) | brush::IoFileRedirectTarget::Duplicate(word) => {
                self.word(&word.value)?
            }
            brush::IoFileRedirectTarget::Fd(fd) => Word::literal(fd.to_string()),
            brush::IoFileRedirectTarget::ProcessSubstitution(_, shell) => {
                return Ok(RedirectTarget::Process(self.list(&shell.list)?));
            }
        };
        Ok(match kind {
            brush::IoFileRedirectKind::Read => RedirectTarget::Read(word),
            brush::IoFileRedirectKind::Write | brush::IoFileRedirectKind::Clobber => {
                RedirectTarget::Write(word)
            }
            brush::IoFileRedirectKind::Append => RedirectTarget::Append(word),
            brush::IoFileRedirectKind::ReadAndWrite => RedirectTarget::ReadWrite(word),
            brush::IoFileRedirectKind::DuplicateInput => RedirectTarget::DuplicateInput(word),
            brush::IoFileRedirectKind::DuplicateOutput => RedirectTarget::DuplicateOutput(word),
        })
    }
}
