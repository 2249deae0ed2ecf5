"""Market indicators from their textbook definitions, with the standard library alone.

Reads a CSV of daily prices up to a day and prints JSON. Written apart from agents/market: other loops, other formulas where
there are several, so that both being wrong in the same way is unlikely.
"""
import csv
import json
import math
import statistics
import sys

path, as_of = sys.argv[1:]
with open(path, newline="") as file:
    rows = [row for row in csv.DictReader(file) if row["date"] <= as_of]
dates = [row["date"] for row in rows]
close = [float(row["close"]) for row in rows]
high = [float(row["high"]) for row in rows]
low = [float(row["low"]) for row in rows]
volume = [float(row["volume"]) for row in rows]
returns = [math.log(after / before) for before, after in zip(close, close[1:])]


def percentile(values, share):
    return statistics.quantiles(values, n=100, method="inclusive")[round(share * 100) - 1]


def ema(values, rows):
    weights = 2 / (rows + 1)
    result = [values[0]]
    for value in values[1:]:
        result.append(weights * value + (1 - weights) * result[-1])
    return result


def wilder_rsi(values, rows):
    changes = [after - before for before, after in zip(values, values[1:])]
    gain = sum(max(change, 0) for change in changes[:rows]) / rows
    loss = sum(max(-change, 0) for change in changes[:rows]) / rows
    for change in changes[rows:]:
        gain = (gain * (rows - 1) + max(change, 0)) / rows
        loss = (loss * (rows - 1) + max(-change, 0)) / rows
    return 100 - 100 / (1 + gain / loss)


def ewma_volatility(values, decay):
    variance = sum(value * value for value in values[:20]) / 20
    for value in values:
        variance = decay * variance + (1 - decay) * value * value
    return math.sqrt(252 * variance)


def moments(values):
    centre = statistics.fmean(values)
    spread = statistics.pstdev(values)
    standard = [(value - centre) / spread for value in values]
    return statistics.fmean(z**3 for z in standard), statistics.fmean(z**4 for z in standard) - 3


def month_ends():
    return [close[i] for i in range(len(dates) - 1) if dates[i][:7] != dates[i + 1][:7]]


line_12_26 = [fast - slow for fast, slow in zip(ema(close, 12), ema(close, 26))]
signal = ema(line_12_26, 9)
over_21 = [close[i + 21] / close[i] - 1 for i in range(len(close) - 21)]
threshold = percentile(over_21, 0.05)
skew, kurtosis = moments(returns)
peak = [max(close[: i + 1]) for i in range(len(close))]
losses = [1 - price / top for price, top in zip(close, peak)]
half_year = statistics.linear_regression(range(126), [math.log(price) for price in close[-126:]])
squares = [value * value for value in returns]
centre = statistics.fmean(squares)
balance = 0.0
balances = [balance]
for i in range(len(close) - 63, len(close)):
    balance += volume[i] * ((close[i] > close[i - 1]) - (close[i] < close[i - 1]))
    balances.append(balance)
averages = [statistics.fmean(close[i - 62 : i + 1]) for i in range(len(close) - 504, len(close))]
gaps = [math.log(price / average) for price, average in zip(close[-504:], averages)]
pull = statistics.linear_regression(gaps[:-1], [after - before for before, after in zip(gaps, gaps[1:])]).slope
skew_21, kurtosis_21, z = skew / math.sqrt(21), kurtosis / 21, statistics.NormalDist().inv_cdf(0.05)
adjusted = (
    z
    + (z * z - 1) / 6 * skew_21
    + (z**3 - 3 * z) / 24 * kurtosis_21
    - (2 * z**3 - 5 * z) / 36 * skew_21**2
)
ends = month_ends()

print(
    json.dumps(
        {
            "average50": statistics.fmean(close[-50:]),
            "average200": statistics.fmean(close[-200:]),
            "average200Before20": statistics.fmean(close[-220:-20]),
            "slope126": half_year.slope,
            "fit126": statistics.correlation(range(126), [math.log(price) for price in close[-126:]]) ** 2,
            "return12to1": close[-22] / close[-253] - 1,
            "rsi14": wilder_rsi(close, 14),
            "macdLine": line_12_26[-1],
            "macdSignal": signal[-1],
            "volatility21": statistics.stdev(returns[-21:]) * math.sqrt(252),
            "volatilityPercentile": statistics.fmean(
                statistics.stdev(returns[i - 21 : i]) < statistics.stdev(returns[-21:])
                for i in range(21, len(returns) + 1)
            )
            + 0.5 / (len(returns) - 20),
            "forecast": ewma_volatility(returns, 0.94),
            "parkinson21": math.sqrt(
                252
                * statistics.fmean(math.log(h / l) ** 2 for h, l in zip(high[-21:], low[-21:]))
                / (4 * math.log(2))
            ),
            "clustering": sum((a - centre) * (b - centre) for a, b in zip(squares[1:], squares))
            / sum((a - centre) ** 2 for a in squares),
            "drawdown": losses[-1],
            "worstDrawdown": max(losses),
            "valueAtRisk": -threshold,
            "expectedShortfall": -statistics.fmean(value for value in over_21 if value <= threshold),
            "skewness": skew,
            "excessKurtosis": kurtosis,
            "cornishFisher": 1 - math.exp(adjusted * statistics.stdev(returns) * math.sqrt(21)),
            "fallWithin21": percentile(
                [min(0, min(close[i + 1 : i + 22]) / close[i] - 1) for i in range(len(close) - 21)], 0.05
            ),
            "zScore63": (math.log(close[-1]) - statistics.fmean(math.log(p) for p in close[-63:]))
            / statistics.stdev([math.log(p) for p in close[-63:]]),
            # Gaps that grow have no half life; the other side says so with 0.
            "gapPull": min(pull, 0),
            "upDownRatio50": (sum(volume[i] for i in range(len(close) - 50, len(close)) if close[i] > close[i - 1]) + 1)
            / (sum(volume[i] for i in range(len(close) - 50, len(close)) if close[i] < close[i - 1]) + 1),
            "balanceSlope63": statistics.linear_regression(range(63), balances[1:]).slope
            / statistics.fmean(volume[-63:]),
            "distributionDays25": sum(
                close[i] / close[i - 1] < 0.998 and volume[i] > volume[i - 1]
                for i in range(len(close) - 25, len(close))
            ),
            "months": len(ends) - 1,
            "meanMonth": statistics.fmean(after / before - 1 for before, after in zip(ends, ends[1:])),
        }
    )
)
