//! Prices: an amount with its currency, as programs write them and as people do.

use super::super::json::{Json, Object};
use super::super::notes::{NO_CURRENCY, SHARED_CURRENCY, THOUSANDS};
use super::super::value;
use super::{Fields, NAME_CHARS_MAX};
use crate::domain::money::{Money, MoneyError};

/// Currencies whose unit has a thousand parts.
const IN_THOUSANDTHS: [&str; 7] = ["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"];

/// An offer's price: it counts without its price where nothing tells the currency, and that is noted.
pub(super) fn price(fields: &Fields<'_, '_>) -> Option<Money> {
    let Some(Json::Object(price)) = fields.get("price") else {
        return money(fields, "price");
    };
    let says = |part| match part_of(price, part) {
        None | Some(Json::Null) => false,
        Some(Json::Text(text)) => !text.trim().is_empty(),
        Some(_) => true,
    };
    if says("amount") && !says("currency") {
        fields.note("price.amount", NO_CURRENCY);
        return None;
    }
    let country = match fields.get("location") {
        Some(Json::Object(place)) => text_of(place, "country"),
        _ => None,
    };
    let said = text_of(price, "currency").unwrap_or_default();
    let meant = value::currency_of(said, country);
    if meant.is_none() && value::sign(said).is_some() {
        fields.note("price.currency", SHARED_CURRENCY);
        return None;
    }
    let money = fields.object("price")?;
    let mut amount = amount(&money)?;
    let currency = currency(&money, meant)?;
    if has_thousands(&amount) && !IN_THOUSANDTHS.contains(&currency.to_ascii_uppercase().as_str()) {
        fields.note("price.amount", THOUSANDS);
        amount = amount.replace('.', "");
    }
    parsed(&money, &amount, &currency)
}

/// An amount and a currency.
pub(super) fn money(fields: &Fields<'_, '_>, name: &str) -> Option<Money> {
    let money = fields.object(name)?;
    let amount = amount(&money)?;
    let currency = currency(&money, None)?;
    parsed(&money, &amount, &currency)
}

fn part_of<'o, 'j>(object: &'o Object<'j>, part: &str) -> Option<&'o Json<'j>> {
    object.fields.iter().find(|(name, _)| name == part).map(|(_, value)| value)
}

fn text_of<'o>(object: &'o Object<'_>, part: &str) -> Option<&'o str> {
    match part_of(object, part) {
        Some(Json::Text(text)) => Some(text),
        _ => None,
    }
}

/// Whether an amount is written `1.200` or `1.200.000`.
fn has_thousands(text: &str) -> bool {
    let digits = |group: &str| group.bytes().all(|byte| byte.is_ascii_digit());
    let mut groups = text.split('.');
    let first = groups.next().unwrap_or_default();
    let rest: Vec<&str> = groups.collect();
    let begins = (1..=3).contains(&first.len()) && digits(first) && !first.starts_with('0');
    begins && !rest.is_empty() && rest.iter().all(|group| group.len() == 3 && digits(group))
}

fn amount(money: &Fields<'_, '_>) -> Option<String> {
    Some(match money.get("amount") {
        Some(Json::Text(text)) => text.trim().to_owned(),
        Some(Json::Integer(amount)) => amount.to_string(),
        // Six decimals swallow what binary fractions add; the rest is cut off like that of a text.
        Some(Json::Number(amount)) => format!("{amount:.6}"),
        Some(_) => String::new(),
        None => {
            money.fault("amount", "missing");
            return None;
        }
    })
}

fn currency(money: &Fields<'_, '_>, meant: Option<&str>) -> Option<String> {
    let currency = meant.map_or_else(|| money.text("currency", NAME_CHARS_MAX), str::to_owned);
    if currency.is_empty() {
        if !money.is_wrong("currency") {
            money.fault(
                "currency",
                "the price names no currency; expected three letters of ISO 4217 such as \"DKK\"",
            );
        }
        return None;
    }
    Some(currency)
}

fn parsed(money: &Fields<'_, '_>, amount: &str, currency: &str) -> Option<Money> {
    match Money::parse(amount, currency) {
        Ok(value) => Some(value),
        Err(error) => {
            let (part, reason) = match error {
                MoneyError::Amount => ("amount", error.to_string()),
                MoneyError::Currency => ("currency", error.to_string()),
            };
            money.fault(part, reason.strip_prefix(part).unwrap_or(&reason).trim_start());
            None
        }
    }
}
