//! Statements of SQL: each is read and done at once.

use super::expression::{Reader, Row, Value, order};
use super::lexer::{Token, words};
use super::{Cluster, Column, Table};
use crate::sim::Time;
use crate::userland::traffic::{SqlReply, SqlRequest};

type Done = Result<(SqlReply, bool), String>;
type Tables = crate::sorted::SortedMap<String, Table>;

/// Does one statement; whether anything changed.
pub(super) fn run(cluster: &mut Cluster, request: &SqlRequest, now: Time) -> Done {
    let text = request.text.trim().trim_end_matches(';');
    let mut reader = Reader {
        text,
        words: words(text)?,
        at: 0,
        now,
    };
    let tag = |text: &str, changed| Ok((SqlReply::Tag(text.to_owned()), changed));
    if reader.peek().is_none() {
        return tag("", false);
    }
    if reader.takes("create") && reader.takes("database") {
        let name = reader.name()?;
        if cluster.databases.contains_key(&name) {
            return Err(format!("ERROR:  database \"{name}\" already exists"));
        }
        cluster.databases.insert(name, Tables::new());
        return tag("CREATE DATABASE", true);
    }
    reader.at = 0;
    let tables = cluster.databases.entry(request.database.clone()).or_default();
    match reader.next() {
        Some(Token::Word(word)) => match word.as_str() {
            "select" => select(tables, &mut reader),
            "insert" => insert(tables, &mut reader),
            "update" => update(tables, &mut reader),
            "delete" => delete(tables, &mut reader),
            "create" => create(tables, &mut reader),
            "drop" => drop_table(tables, &mut reader),
            "truncate" => {
                reader.takes("table");
                table(tables, &mut reader)?.rows.clear();
                tag("TRUNCATE TABLE", true)
            }
            "begin" | "start" => tag("BEGIN", false),
            "commit" | "end" => tag("COMMIT", false),
            "set" => tag("SET", false),
            _ => {
                reader.at = 0;
                Err(reader.wrong())
            }
        },
        _ => {
            reader.at = 0;
            Err(reader.wrong())
        }
    }
}

fn table<'t>(tables: &'t mut Tables, reader: &mut Reader<'_>) -> Result<&'t mut Table, String> {
    let at = reader.at;
    let name = reader.name()?;
    let place = reader.place_of(at);
    tables
        .get_mut(&name)
        .ok_or_else(|| format!("ERROR:  relation \"{name}\" does not exist\n{place}"))
}

fn at_end(reader: &Reader<'_>) -> Result<(), String> {
    if reader.peek().is_some() {
        Err(reader.wrong())
    } else {
        Ok(())
    }
}

fn create(tables: &mut Tables, reader: &mut Reader<'_>) -> Done {
    reader.takes("temporary");
    reader.takes("unlogged");
    reader.expect("table")?;
    let if_absent = reader.takes("if") && reader.takes("not") && reader.takes("exists");
    let name = reader.name()?;
    reader.expect("(")?;
    let mut made = Table {
        next: 1,
        ..Table::default()
    };
    loop {
        let first = reader.name()?;
        if matches!(
            first.as_str(),
            "primary" | "unique" | "constraint" | "foreign" | "check"
        ) {
            // A rule of the whole table: its key is known, the rest is not checked.
            let mut keys = Vec::new();
            let mut depth = 0_i32;
            while let Some(token) = reader.peek().cloned() {
                match token {
                    Token::Sign("(") => depth += 1,
                    Token::Sign(")") if depth == 0 => break,
                    Token::Sign(")") => depth -= 1,
                    Token::Sign(",") if depth == 0 => break,
                    Token::Word(word) if depth > 0 => keys.push(word),
                    _ => {}
                }
                reader.at += 1;
            }
            if let ("primary" | "unique", [key]) = (first.as_str(), keys.as_slice())
                && let Some(column) = made.columns.iter_mut().find(|column| column.name == *key)
            {
                column.unique = true;
                column.not_null |= first == "primary";
            }
        } else {
            let column = column(first, reader)?;
            made.columns.push(column);
        }
        if !reader.takes(",") {
            break;
        }
    }
    reader.expect(")")?;
    at_end(reader)?;
    if tables.contains_key(&name) {
        if if_absent {
            return Ok((SqlReply::Tag("CREATE TABLE".to_owned()), false));
        }
        return Err(format!("ERROR:  relation \"{name}\" already exists"));
    }
    tables.insert(name, made);
    Ok((SqlReply::Tag("CREATE TABLE".to_owned()), true))
}

fn column(name: String, reader: &mut Reader<'_>) -> Result<Column, String> {
    let at = reader.at;
    let written = reader.name()?;
    let type_ = match written.as_str() {
        "int" | "int4" | "integer" | "serial" => "integer",
        "bigint" | "int8" | "bigserial" => "bigint",
        "smallint" => "smallint",
        "text" => "text",
        "varchar" => "character varying",
        "char" => "character",
        "boolean" | "bool" => "boolean",
        "numeric" | "decimal" => "numeric",
        "real" | "float4" => "real",
        "double" | "float" | "float8" => "double precision",
        "date" => "date",
        "timestamp" => "timestamp without time zone",
        "timestamptz" => "timestamp with time zone",
        "json" | "jsonb" | "uuid" => written.as_str(),
        other => {
            return Err(format!(
                "ERROR:  type \"{other}\" does not exist\n{}",
                reader.place_of(at)
            ));
        }
    };
    let mut type_ = type_.to_owned();
    reader.takes("precision");
    if reader.takes("(") {
        if let Some(Token::Number(length)) = reader.next() {
            type_.push_str(&format!("({length})"));
        }
        while !reader.takes(")") {
            if reader.next().is_none() {
                return Err(reader.wrong());
            }
        }
    }
    if reader.takes("with") || reader.takes("without") {
        reader.expect("time")?;
        reader.expect("zone")?;
    }
    let mut column = Column {
        name,
        type_,
        serial: written.contains("serial"),
        ..Column::default()
    };
    loop {
        if reader.takes("primary") {
            reader.expect("key")?;
            (column.unique, column.not_null) = (true, true);
        } else if reader.takes("not") {
            reader.expect("null")?;
            column.not_null = true;
        } else if reader.takes("unique") {
            column.unique = true;
        } else if reader.takes("null") {
        } else if reader.takes("default") {
            let at = reader.at;
            let empty = Row {
                columns: &[],
                values: &[],
            };
            let value = reader.value(empty)?;
            let moving = matches!(reader.words.get(at), Some((Token::Word(word), _)) if word == "now" || word == "current_timestamp");
            column.default = if moving { Some("now()".to_owned()) } else { value };
        } else if reader.takes("generated") {
            for word in ["always", "as", "identity"] {
                reader.expect(word)?;
            }
            column.serial = true;
        } else if reader.takes("references") {
            reader.name()?;
            if reader.takes("(") {
                reader.name()?;
                reader.expect(")")?;
            }
        } else {
            return Ok(column);
        }
    }
}

fn drop_table(tables: &mut Tables, reader: &mut Reader<'_>) -> Done {
    reader.expect("table")?;
    let if_there = reader.takes("if") && reader.takes("exists");
    let name = reader.name()?;
    reader.takes("cascade");
    at_end(reader)?;
    if tables.remove(&name).is_none() && !if_there {
        return Err(format!("ERROR:  table \"{name}\" does not exist"));
    }
    Ok((SqlReply::Tag("DROP TABLE".to_owned()), true))
}

fn insert(tables: &mut Tables, reader: &mut Reader<'_>) -> Done {
    reader.expect("into")?;
    let at = reader.at;
    let table_name = match reader.peek() {
        Some(Token::Word(name)) => name.clone(),
        _ => return Err(reader.wrong()),
    };
    let place = reader.place_of(at);
    let table = table(tables, reader)?;
    let mut targets: Vec<usize> = (0..table.columns.len()).collect();
    if reader.takes("(") {
        targets.clear();
        loop {
            let at = reader.at;
            let name = reader.name()?;
            let found = table.columns.iter().position(|column| column.name == name);
            targets.push(found.ok_or_else(|| {
                format!(
                    "ERROR:  column \"{name}\" of relation \"{table_name}\" does not exist\n{}",
                    reader.place_of(at)
                )
            })?);
            if !reader.takes(",") {
                break;
            }
        }
        reader.expect(")")?;
    }
    reader.expect("values")?;
    let mut changed = table.clone();
    let before = changed.rows.len();
    loop {
        reader.expect("(")?;
        let mut given: Vec<(usize, Value)> = Vec::new();
        let mut position = 0;
        loop {
            let default = matches!(reader.peek(), Some(Token::Word(word)) if word == "default");
            let empty = Row {
                columns: &[],
                values: &[],
            };
            let value = reader.value(empty)?;
            let target = targets.get(position).copied();
            let target = target
                .ok_or_else(|| format!("ERROR:  INSERT has more expressions than target columns\n{place}"))?;
            if !default {
                given.push((target, value));
            }
            position += 1;
            if !reader.takes(",") {
                break;
            }
        }
        reader.expect(")")?;
        let row = complete(&mut changed, &given, reader.now);
        check(&changed, &table_name, &row, None)?;
        changed.rows.push(row);
        if !reader.takes(",") {
            break;
        }
    }
    let count = changed.rows.len() - before;
    if reader.takes("returning") {
        let new: Vec<Vec<Value>> = changed.rows.iter().skip(before).cloned().collect();
        let reply = project(&changed.columns, &new, reader)?;
        *table = changed;
        return Ok((reply, true));
    }
    at_end(reader)?;
    *table = changed;
    Ok((SqlReply::Tag(format!("INSERT 0 {count}")), true))
}

/// A row with what is given, the defaults and the next numbers.
fn complete(table: &mut Table, given: &[(usize, Value)], now: Time) -> Vec<Value> {
    let mut row = Vec::new();
    for (index, column) in table.columns.iter().enumerate() {
        let value = given.iter().find(|(target, _)| *target == index);
        row.push(match (value, &column.default) {
            (Some((_, value)), _) => value.clone(),
            (None, _) if column.serial => {
                table.next += 1;
                Some((table.next - 1).to_string())
            }
            (None, Some(default)) if default == "now()" => Some(
                now.timestamp_micros()
                    .to_string()
                    .replace('T', " ")
                    .replace('Z', ""),
            ),
            (None, default) => default.clone(),
        });
    }
    row
}

/// Whether a row may be there.
fn check(table: &Table, name: &str, row: &[Value], own: Option<usize>) -> Result<(), String> {
    for (index, column) in table.columns.iter().enumerate() {
        let value = row.get(index).cloned().flatten();
        let Some(value) = value else {
            if column.not_null || column.serial {
                let cells: Vec<&str> = row.iter().map(|cell| cell.as_deref().unwrap_or("null")).collect();
                return Err(format!(
                    "ERROR:  null value in column \"{}\" of relation \"{name}\" violates not-null constraint\nDETAIL:  Failing row contains ({}).",
                    column.name,
                    cells.join(", ")
                ));
            }
            continue;
        };
        let whole = matches!(column.type_.as_str(), "integer" | "bigint" | "smallint");
        if whole && value.parse::<i64>().is_err() {
            return Err(format!(
                "ERROR:  invalid input syntax for type {}: \"{value}\"",
                column.type_
            ));
        }
        let taken = |(at, other): (usize, &Vec<Value>)| {
            Some(at) != own && other.get(index).cloned().flatten().as_ref() == Some(&value)
        };
        if column.unique && table.rows.iter().enumerate().any(taken) {
            let rule = if column.not_null {
                format!("{name}_pkey")
            } else {
                format!("{name}_{}_key", column.name)
            };
            return Err(format!(
                "ERROR:  duplicate key value violates unique constraint \"{rule}\"\nDETAIL:  Key ({})=({value}) already exists.",
                column.name
            ));
        }
    }
    Ok(())
}

/// The rows that a `WHERE` picks; what follows it stays to be read.
fn picked(table: &Table, reader: &mut Reader<'_>) -> Result<Vec<usize>, String> {
    if !reader.takes("where") {
        return Ok((0..table.rows.len()).collect());
    }
    let start = reader.at;
    // Without rows it is read all the same.
    let empty = vec![None; table.columns.len()];
    reader.condition(Row {
        columns: &table.columns,
        values: &empty,
    })?;
    let end = reader.at;
    let mut found = Vec::new();
    for (index, values) in table.rows.iter().enumerate() {
        reader.at = start;
        let row = Row {
            columns: &table.columns,
            values,
        };
        if reader.condition(row)? {
            found.push(index);
        }
    }
    reader.at = end;
    Ok(found)
}

fn update(tables: &mut Tables, reader: &mut Reader<'_>) -> Done {
    let name = match reader.peek() {
        Some(Token::Word(name)) => name.clone(),
        _ => return Err(reader.wrong()),
    };
    let table = table(tables, reader)?;
    reader.expect("set")?;
    let start = reader.at;
    // The new values are read for each row; the condition comes after them.
    let empty: Vec<Value> = vec![None; table.columns.len()];
    assignments(table, &empty, &name, reader)?;
    let rows = picked(table, reader)?;
    at_end(reader)?;
    let mut changed = table.clone();
    for index in &rows {
        reader.at = start;
        let Some(values) = table.rows.get(*index) else {
            continue;
        };
        let mut row = values.clone();
        for (target, value) in assignments(table, values, &name, reader)? {
            if let Some(cell) = row.get_mut(target) {
                *cell = value;
            }
        }
        check(&changed, &name, &row, Some(*index))?;
        if let Some(place) = changed.rows.get_mut(*index) {
            *place = row;
        }
    }
    *table = changed;
    Ok((SqlReply::Tag(format!("UPDATE {}", rows.len())), !rows.is_empty()))
}

fn assignments(
    table: &Table,
    values: &[Value],
    name: &str,
    reader: &mut Reader<'_>,
) -> Result<Vec<(usize, Value)>, String> {
    let mut found = Vec::new();
    loop {
        let at = reader.at;
        let column = reader.name()?;
        let target = table
            .columns
            .iter()
            .position(|known| known.name == column)
            .ok_or_else(|| {
                format!(
                    "ERROR:  column \"{column}\" of relation \"{name}\" does not exist\n{}",
                    reader.place_of(at)
                )
            })?;
        reader.expect("=")?;
        let row = Row {
            columns: &table.columns,
            values,
        };
        found.push((target, reader.value(row)?));
        if !reader.takes(",") {
            return Ok(found);
        }
    }
}

fn delete(tables: &mut Tables, reader: &mut Reader<'_>) -> Done {
    reader.expect("from")?;
    let table = table(tables, reader)?;
    let rows = picked(table, reader)?;
    at_end(reader)?;
    let mut index = 0;
    table.rows.retain(|_| {
        index += 1;
        !rows.contains(&(index - 1))
    });
    Ok((SqlReply::Tag(format!("DELETE {}", rows.len())), !rows.is_empty()))
}

fn select(tables: &mut Tables, reader: &mut Reader<'_>) -> Done {
    // The table stands behind the columns that are read with it.
    let start = reader.at;
    let from = reader
        .words
        .iter()
        .position(|(token, _)| *token == Token::Word("from".to_owned()));
    let Some(from) = from else {
        let none = Table::default();
        let reply = project(&none.columns, &[Vec::new()], reader)?;
        at_end(reader)?;
        return Ok((reply, false));
    };
    reader.at = from + 1;
    let table = table(tables, reader)?;
    let mut rows: Vec<Vec<Value>> = picked(table, reader)?
        .into_iter()
        .filter_map(|index| table.rows.get(index).cloned())
        .collect();
    if reader.takes("order") {
        reader.expect("by")?;
        let mut keys = Vec::new();
        loop {
            let at = reader.at;
            let name = reader.name()?;
            let place = table.columns.iter().position(|column| column.name == name);
            let place = place.ok_or_else(|| {
                format!(
                    "ERROR:  column \"{name}\" does not exist\n{}",
                    reader.place_of(at)
                )
            })?;
            let falling = reader.takes("desc");
            reader.takes("asc");
            keys.push((place, falling));
            if !reader.takes(",") {
                break;
            }
        }
        for (place, falling) in keys.into_iter().rev() {
            let cell = |row: &Vec<Value>| row.get(place).cloned().flatten();
            crate::sort::sort_by(&mut rows, |a, b| {
                let order = order(&cell(a), &cell(b));
                if falling { order.reverse() } else { order }
            });
        }
    }
    if reader.takes("limit") {
        let Some(Token::Number(most)) = reader.next() else {
            return Err(reader.wrong());
        };
        rows.truncate(most.parse().unwrap_or(usize::MAX));
    }
    at_end(reader)?;
    reader.at = start;
    let reply = project(&table.columns, &rows, reader)?;
    Ok((reply, false))
}

/// What is asked of each row, or of all of them together.
fn project(columns: &[Column], rows: &[Vec<Value>], reader: &mut Reader<'_>) -> Result<SqlReply, String> {
    let mut titles: Vec<(String, bool)> = Vec::new();
    let mut out: Vec<Vec<Value>> = vec![Vec::new(); rows.len()];
    let mut together: Vec<Value> = Vec::new();
    loop {
        if reader.takes("*") {
            titles.extend(
                columns
                    .iter()
                    .map(|column| (column.name.clone(), column.is_number())),
            );
            for (row, out) in rows.iter().zip(&mut out) {
                out.extend(row.iter().cloned());
            }
        } else if let Some((name, value)) = aggregate(columns, rows, reader)? {
            titles.push((named(reader)?.unwrap_or(name), true));
            together.push(value);
        } else {
            let start = reader.at;
            let none = vec![None; columns.len()];
            let first = Row {
                columns,
                values: &none,
            };
            let probe = reader.value(first)?;
            let (end, single) = (reader.at, reader.at == start + 1);
            let own = match reader.words.get(start) {
                Some((Token::Word(name), _)) => Some(name.clone()),
                _ => None,
            };
            let column = columns
                .iter()
                .find(|column| single && Some(&column.name) == own.as_ref());
            let number = column.map_or(
                probe.as_ref().is_some_and(|value| value.parse::<f64>().is_ok()),
                Column::is_number,
            );
            for (row, out) in rows.iter().zip(&mut out) {
                reader.at = start;
                out.push(reader.value(Row { columns, values: row })?);
            }
            reader.at = end;
            let title = own.unwrap_or_else(|| "?column?".to_owned());
            titles.push((named(reader)?.unwrap_or(title), number));
        }
        if !reader.takes(",") {
            break;
        }
    }
    if !together.is_empty() {
        out = vec![together];
    }
    Ok(SqlReply::Rows {
        title: None,
        columns: titles,
        rows: out,
    })
}

/// `AS name`
fn named(reader: &mut Reader<'_>) -> Result<Option<String>, String> {
    if reader.takes("as") {
        reader.name().map(Some)
    } else {
        Ok(None)
    }
}

/// `count(*)`, `sum(a)`, `min(a)`, `max(a)`, `avg(a)`; the name and the value.
fn aggregate(
    columns: &[Column],
    rows: &[Vec<Value>],
    reader: &mut Reader<'_>,
) -> Result<Option<(String, Value)>, String> {
    let start = reader.at;
    let name = match reader.next() {
        Some(Token::Word(word)) if matches!(word.as_str(), "count" | "sum" | "min" | "max" | "avg") => word,
        _ => {
            reader.at = start;
            return Ok(None);
        }
    };
    if !reader.takes("(") {
        reader.at = start;
        return Ok(None);
    }
    if reader.takes("*") {
        reader.expect(")")?;
        return Ok(Some((name, Some(rows.len().to_string()))));
    }
    let inner = reader.at;
    let none = vec![None; columns.len()];
    reader.value(Row {
        columns,
        values: &none,
    })?;
    let end = reader.at;
    let mut values = Vec::new();
    for row in rows {
        reader.at = inner;
        values.extend(reader.value(Row { columns, values: row })?);
    }
    reader.at = end;
    reader.expect(")")?;
    let numbers = || values.iter().filter_map(|value| value.parse::<f64>().ok());
    let value = match name.as_str() {
        "count" => Some(values.len().to_string()),
        "sum" if values.is_empty() => None,
        "sum" => Some(numbers().sum::<f64>().to_string()),
        "avg" if values.is_empty() => None,
        "avg" => {
            let scale = 1.0 / f64::from(u32::try_from(values.len()).unwrap_or(1));
            Some(format!("{:.16}", numbers().sum::<f64>() * scale))
        }
        "min" => values.iter().cloned().map(Some).min_by(order).flatten(),
        _ => values.iter().cloned().map(Some).max_by(order).flatten(),
    };
    Ok(Some((name, value)))
}
