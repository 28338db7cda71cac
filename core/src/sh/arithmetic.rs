//! Shell arithmetic: 64-bit integers that wrap, as in bash; parsed by the grammar crate, evaluated here.

use brush_parser::ast::{
    ArithmeticExpr, ArithmeticTarget, BinaryOperator, UnaryAssignmentOperator, UnaryOperator,
};

/// How long an expression may be, in bytes: its depth is bounded by it.
const LENGTH_MAX_BYTES: usize = 512;
/// How deep an expression may nest, counted by its brackets and right-associative operators.
const NESTING_MAX: usize = 48;
/// How deep variables may refer to one another.
const REFERENCES_MAX: usize = 32;

/// Where an expression's variables live.
pub(super) trait Scope {
    /// The text of a variable or array element.
    fn variable(&self, name: &str, index: Option<i64>) -> Option<String>;
    /// Assigns a variable or array element.
    fn assign(&mut self, name: &str, index: Option<i64>, value: i64);
}

/// Evaluates an expression; the error is what bash prints after `bash: `.
pub(super) fn evaluate(text: &str, scope: &mut dyn Scope) -> Result<i64, String> {
    Evaluation { text, references: 0 }.text(text, scope)
}

struct Evaluation<'a> {
    /// What error messages quote.
    text: &'a str,
    references: usize,
}

impl Evaluation<'_> {
    fn text(&mut self, text: &str, scope: &mut dyn Scope) -> Result<i64, String> {
        let trimmed = text.trim();
        if trimmed.is_empty() {
            return Ok(0);
        }
        if let Ok(number) = trimmed.parse::<i64>()
            && !(trimmed.len() > 1 && trimmed.trim_start_matches('-').starts_with('0'))
        {
            return Ok(number);
        }
        let nesting = text
            .matches(['=', '?', '(', '[', '!', '~'])
            .count()
            .max(text.matches(['+', '-', '*']).count() / 4);
        if text.len() > LENGTH_MAX_BYTES || nesting > NESTING_MAX {
            return Err(format!("{}: expression recursion level exceeded", self.text));
        }
        let expr = brush_parser::arithmetic::parse(trimmed).map_err(|_| syntax_error(trimmed))?;
        self.expr(&expr, scope)
    }

    fn expr(&mut self, expr: &ArithmeticExpr, scope: &mut dyn Scope) -> Result<i64, String> {
        Ok(match expr {
            ArithmeticExpr::Literal(number) => *number,
            ArithmeticExpr::Reference(target) => self.read(target, scope)?,
            ArithmeticExpr::UnaryOp(op, operand) => {
                let value = self.expr(operand, scope)?;
                match op {
                    UnaryOperator::UnaryPlus => value,
                    UnaryOperator::UnaryMinus => value.wrapping_neg(),
                    UnaryOperator::BitwiseNot => !value,
                    UnaryOperator::LogicalNot => i64::from(value == 0),
                }
            }
            ArithmeticExpr::BinaryOp(BinaryOperator::LogicalAnd, left, right) => {
                i64::from(self.expr(left, scope)? != 0 && self.expr(right, scope)? != 0)
            }
            ArithmeticExpr::BinaryOp(BinaryOperator::LogicalOr, left, right) => {
                i64::from(self.expr(left, scope)? != 0 || self.expr(right, scope)? != 0)
            }
            ArithmeticExpr::BinaryOp(op, left, right) => {
                let (left, right) = (self.expr(left, scope)?, self.expr(right, scope)?);
                self.binary(*op, left, right)?
            }
            ArithmeticExpr::Conditional(condition, yes, no) => {
                let chosen = if self.expr(condition, scope)? == 0 {
                    no
                } else {
                    yes
                };
                self.expr(chosen, scope)?
            }
            ArithmeticExpr::Assignment(target, value) => {
                let value = self.expr(value, scope)?;
                self.write(target, value, scope)?
            }
            ArithmeticExpr::BinaryAssignment(op, target, operand) => {
                let before = self.read(target, scope)?;
                let operand = self.expr(operand, scope)?;
                let value = self.binary(*op, before, operand)?;
                self.write(target, value, scope)?
            }
            ArithmeticExpr::UnaryAssignment(op, target) => {
                let before = self.read(target, scope)?;
                match op {
                    UnaryAssignmentOperator::PrefixIncrement => {
                        self.write(target, before.wrapping_add(1), scope)?
                    }
                    UnaryAssignmentOperator::PrefixDecrement => {
                        self.write(target, before.wrapping_sub(1), scope)?
                    }
                    UnaryAssignmentOperator::PostfixIncrement => {
                        self.write(target, before.wrapping_add(1), scope)?;
                        before
                    }
                    UnaryAssignmentOperator::PostfixDecrement => {
                        self.write(target, before.wrapping_sub(1), scope)?;
                        before
                    }
                }
            }
        })
    }

    fn binary(&self, op: BinaryOperator, left: i64, right: i64) -> Result<i64, String> {
        let shift = u32::try_from(right & 63).unwrap_or(0);
        Ok(match op {
            BinaryOperator::Power => {
                power(left, right).ok_or_else(|| self.error("exponent less than 0", right))?
            }
            BinaryOperator::Multiply => left.wrapping_mul(right),
            BinaryOperator::Divide | BinaryOperator::Modulo if right == 0 => {
                return Err(self.division_by_zero());
            }
            BinaryOperator::Divide => left.wrapping_div(right),
            BinaryOperator::Modulo => left.wrapping_rem(right),
            BinaryOperator::Comma => right,
            BinaryOperator::Add => left.wrapping_add(right),
            BinaryOperator::Subtract => left.wrapping_sub(right),
            BinaryOperator::ShiftLeft => left.wrapping_shl(shift),
            BinaryOperator::ShiftRight => left.wrapping_shr(shift),
            BinaryOperator::LessThan => i64::from(left < right),
            BinaryOperator::LessThanOrEqualTo => i64::from(left <= right),
            BinaryOperator::GreaterThan => i64::from(left > right),
            BinaryOperator::GreaterThanOrEqualTo => i64::from(left >= right),
            BinaryOperator::Equals => i64::from(left == right),
            BinaryOperator::NotEquals => i64::from(left != right),
            BinaryOperator::BitwiseAnd => left & right,
            BinaryOperator::BitwiseXor => left ^ right,
            BinaryOperator::BitwiseOr => left | right,
            BinaryOperator::LogicalAnd => i64::from(left != 0 && right != 0),
            BinaryOperator::LogicalOr => i64::from(left != 0 || right != 0),
        })
    }

    fn error(&self, what: &str, token: i64) -> String {
        format!("{}: {what} (error token is \"{token}\")", self.text.trim())
    }

    /// Bash quotes the rest of the expression from the divisor on.
    fn division_by_zero(&self) -> String {
        let text = self.text.trim_start();
        let token = text.rsplit(['/', '%']).next().unwrap_or("0").trim_start();
        format!("{text}: division by 0 (error token is \"{token}\")")
    }

    fn target(
        &mut self,
        target: &ArithmeticTarget,
        scope: &mut dyn Scope,
    ) -> Result<(String, Option<i64>), String> {
        Ok(match target {
            ArithmeticTarget::Variable(name) => (name.clone(), None),
            ArithmeticTarget::ArrayElement(name, index) => (name.clone(), Some(self.expr(index, scope)?)),
        })
    }

    fn read(&mut self, target: &ArithmeticTarget, scope: &mut dyn Scope) -> Result<i64, String> {
        let (name, index) = self.target(target, scope)?;
        let Some(text) = scope.variable(&name, index) else {
            return Ok(0);
        };
        self.references += 1;
        if self.references > REFERENCES_MAX {
            return Err(format!(
                "{}: expression recursion level exceeded (error token is \"{name}\")",
                self.text.trim()
            ));
        }
        let value = self.text(&text, scope);
        self.references -= 1;
        value
    }

    fn write(&mut self, target: &ArithmeticTarget, value: i64, scope: &mut dyn Scope) -> Result<i64, String> {
        let (name, index) = self.target(target, scope)?;
        scope.assign(&name, index, value);
        Ok(value)
    }
}

fn power(base: i64, exponent: i64) -> Option<i64> {
    let mut exponent = u64::try_from(exponent).ok()?;
    let (mut result, mut factor) = (1_i64, base);
    while exponent > 0 {
        if exponent & 1 == 1 {
            result = result.wrapping_mul(factor);
        }
        factor = factor.wrapping_mul(factor);
        exponent >>= 1;
    }
    Some(result)
}

/// Bash tells where it gave up; the token is guessed from the text.
fn syntax_error(text: &str) -> String {
    let operator = |c: char| "+-*/%<>=&|^!~?:,(".contains(c);
    if text.ends_with(operator) {
        let token = text
            .trim_end_matches(|c: char| !operator(c))
            .chars()
            .next_back()
            .map_or(String::new(), String::from);
        return format!("{text}: syntax error: operand expected (error token is \"{token}\")");
    }
    let token = text.split_whitespace().next_back().unwrap_or(text);
    if text.contains('.') {
        let token = text.find('.').and_then(|at| text.get(at..)).unwrap_or(token);
        return format!("{text}: syntax error: invalid arithmetic operator (error token is \"{token}\")");
    }
    format!("{text}: syntax error in expression (error token is \"{token}\")")
}
