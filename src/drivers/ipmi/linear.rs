//! From a sensor's raw byte to its value: `y = L((M x + B 10^K1) 10^K2)` (IPMI 2.0 §36.3).

/// How a sensor's raw readings become values.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Conversion {
    m: i16,
    b: i16,
    b_exponent: i8,
    exponent: i8,
    linearization: u8,
    format: Format,
}

/// What kind of number a raw reading is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    Unsigned,
    OnesComplement,
    TwosComplement,
}

impl Conversion {
    /// From the bytes of a full sensor record: the first byte of its units, and those from linearization to exponents.
    /// `None` where readings are no numbers, or need a table of their own for each (linearizations from 0x70).
    pub(super) fn parse(units: u8, factors: [u8; 7]) -> Option<Self> {
        let [linearization, m_low, m_high, b_low, b_high, _accuracy, exponents] = factors;
        let format = match units >> 6 {
            0 => Format::Unsigned,
            1 => Format::OnesComplement,
            2 => Format::TwosComplement,
            _ => return None,
        };
        let linearization = linearization & 0x7f;
        (linearization <= 11).then(|| Self {
            m: ten_bits(m_low, m_high),
            b: ten_bits(b_low, b_high),
            b_exponent: four_bits(exponents),
            exponent: four_bits(exponents >> 4),
            linearization,
            format,
        })
    }

    /// The value of a raw reading; `None` where it is none, as the logarithm of 0.
    pub(super) fn value(self, raw: u8) -> Option<f64> {
        let x = match self.format {
            Format::OnesComplement if raw & 0x80 != 0 => -f64::from(!raw),
            Format::Unsigned | Format::OnesComplement => f64::from(raw),
            Format::TwosComplement => f64::from(raw.cast_signed()),
        };
        let power = |exponent: i8| 10_f64.powi(exponent.into());
        let linear = (f64::from(self.m) * x + f64::from(self.b) * power(self.b_exponent)) * power(self.exponent);
        let value = match self.linearization {
            1 => linear.ln(),
            2 => linear.log10(),
            3 => linear.log2(),
            4 => linear.exp(),
            5 => 10_f64.powf(linear),
            6 => linear.exp2(),
            7 => linear.recip(),
            8 => linear.powi(2),
            9 => linear.powi(3),
            10 => linear.sqrt(),
            11 => linear.cbrt(),
            _ => linear,
        };
        // A byte carries three digits: what comes behind is the arithmetic's.
        let rounded = (value * 1000.0).round() / 1000.0;
        rounded.is_finite().then_some(rounded)
    }
}

/// Ten bits in two's complement: eight, and two at the top of the next byte.
fn ten_bits(low: u8, high: u8) -> i16 {
    i16::from_be_bytes([high & 0xc0, 0]) >> 6 | i16::from(low)
}

/// The lower four bits in two's complement.
fn four_bits(byte: u8) -> i8 {
    (byte << 4).cast_signed() >> 4
}

#[cfg(test)]
mod tests {
    use super::*;

    fn convert(units: u8, factors: [u8; 7], raw: u8) -> Option<f64> {
        Conversion::parse(units, factors)?.value(raw)
    }

    #[test]
    fn factors_are_signed_and_scaled() {
        assert_eq!(convert(0, [0, 120, 0, 0, 0, 0, 0], 50), Some(6000.0), "RPM");
        assert_eq!(convert(0, [0, 63, 0, 0, 0, 0, 0xd0], 192), Some(12.096), "12 V, exponent -3");
        assert_eq!(convert(0, [0, 1, 0, 0x80, 0xc0, 0, 0], 150), Some(22.0), "B is -128");
        assert_eq!(convert(0, [0, 0xff, 0xc0, 0, 0, 0, 0], 5), Some(-5.0), "M is -1");
        assert_eq!(convert(0, [0, 1, 0, 2, 0, 0, 0x01], 5), Some(25.0), "B times ten");
        assert_eq!(convert(0x80, [0, 1, 0, 0, 0, 0, 0], 0xf6), Some(-10.0));
        assert_eq!(convert(0x40, [0, 1, 0, 0, 0, 0, 0], 0xf6), Some(-9.0));
    }

    #[test]
    fn what_is_no_number_has_no_value() {
        assert_eq!(convert(0xc0, [0, 1, 0, 0, 0, 0, 0], 1), None);
        assert_eq!(convert(0, [0x70, 1, 0, 0, 0, 0, 0], 1), None);
        assert_eq!(convert(0, [1, 1, 0, 0, 0, 0, 0], 0), None, "the logarithm of 0");
        assert_eq!(convert(0, [5, 0xff, 0, 0, 0, 0, 0x60], 255), None, "more than a number can be");
        assert_eq!(convert(0, [8, 2, 0, 0, 0, 0, 0], 3), Some(36.0), "a square");
        assert_eq!(convert(0, [7, 2, 0, 0, 0, 0, 0], 2), Some(0.25), "1 over x");
    }
}
