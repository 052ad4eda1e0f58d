//! Amounts and their currencies: which column says what, and which of them contradict each other.

use super::super::build::Built;
use super::super::content::Cells;
use super::super::notes::NO_CURRENCY;
use super::super::value;
use super::fields::{Sort, currency_beside};
use super::{Plan, Planned};

impl Plan {
    pub(super) fn amount(&self, field: &Planned, text: &str, name: &str, built: &mut Built<'_>) {
        let group = field.path.trim_end_matches(".amount");
        if built.has(&format!("{group}.amount")) {
            return;
        }
        match value::amount(text, self.mapping.decimal_comma) {
            // What the sign beside it means is for the country to say.
            Some((amount, None)) if value::sign(text).is_some() && !self.names_currency(field) => {
                let sign = if text.contains('$') { "$" } else { "kr" };
                built.text(&format!("{group}.amount"), amount, name);
                built.text(&format!("{group}.currency"), sign, name);
            }
            // An amount alone is no money.
            Some((_, None)) if field.sort == Sort::Amount && !self.names_currency(field) => {
                built.noted.push((field.path, NO_CURRENCY));
            }
            Some((amount, currency)) => {
                built.text(&format!("{group}.amount"), amount, name);
                if let Some(currency) = currency {
                    built.text(&format!("{group}.currency"), currency, name);
                }
            }
            None => built.fault(name, "expected an amount such as 1200.00, not negative"),
        }
    }

    /// Whether a column or a constant says the currency of an amount.
    fn names_currency(&self, amount: &Planned) -> bool {
        let currency = currency_beside(amount.path);
        self.fields.iter().any(|field| Some(field.path) == currency)
    }

    /// A currency that stands with its amount must be that of the currency's own column. A constant goes only where nothing is said.
    pub(super) fn contradiction(&self, field: &Planned, cells: &Cells, built: &mut Built<'_>) {
        let said = built.text_at(field.path).map(str::to_owned);
        let other = field.columns.iter().find_map(|column| {
            let text = cells.values.get(*column)?.trim();
            (!text.is_empty()).then_some((text, *column))
        });
        if let (Some(said), Some((text, column))) = (said, other)
            && !said.eq_ignore_ascii_case(text)
            && !value::sign(text).is_some_and(|shared| shared.contains(&said.to_ascii_uppercase().as_str()))
        {
            let name = self.header.names.get(column).map_or(field.path, String::as_str);
            built.fault(name, format!("contradicts the amount, which is in {said}"));
        }
    }

    /// A sign that several currencies share must be one of the currency's that is read.
    pub(super) fn check_sign(&self, cells: &Cells, built: &mut Built<'_>) {
        for (group, money) in [("price", ["price", "price.amount"]), ("value", ["value", "value.amount"])] {
            let said = built.text_at(&format!("{group}.currency")).map(str::to_ascii_uppercase);
            let Some(currency) = said.filter(|said| said.len() == 3 && said.bytes().all(|byte| byte.is_ascii_uppercase())) else {
                continue;
            };
            let columns = self.fields.iter().filter(|field| money.contains(&field.path));
            let mut cells = columns
                .flat_map(|field| &field.columns)
                .filter_map(|at| Some((at, cells.values.get(*at)?)));
            let first = cells.find(|(_, cell)| !cell.trim().is_empty());
            if let Some((at, cell)) = first
                && value::sign(cell).is_some_and(|shared| !shared.contains(&currency.as_str()))
            {
                let name = self.header.names.get(*at).map_or(group, String::as_str);
                built.fault(
                    name,
                    format!("the sign beside the amount contradicts the currency {currency}"),
                );
            }
        }
    }
}
