"""Leave-one-patient-out decoding by explicit loops: every model is solved from its normal equations."""

import numpy as np


def gram(x):
    """Centred inner products with a mean diagonal of 1."""
    centred = x - x.mean(axis=0)
    return centred @ centred.T / (np.square(centred).sum() / len(x))


def held_out_sse(kernel, c, y, patient, penalty, without=None):
    """SSE (K,): each patient is predicted by the penalised model of all others; `without` is deleted everywhere.

    The model is y = C b + K g with penalty * g' K g: (K + penalty I) g + C b = y, C' g = 0. Without a kernel it is
    least squares on C.
    """
    patient = np.asarray(patient)
    total = np.zeros(y.shape[1])
    for name in sorted(set(patient.tolist()) - {without}):
        test = patient == name
        train = ~test & (patient != without)
        if kernel is None:
            b = np.linalg.lstsq(c[train], y[train], rcond=None)[0]
            predicted = c[test] @ b
        else:
            n, k = int(train.sum()), c.shape[1]
            system = np.zeros((n + k, n + k))
            system[:n, :n] = kernel[np.ix_(train, train)] + penalty * np.eye(n)
            system[:n, n:], system[n:, :n] = c[train], c[train].T
            solved = np.linalg.solve(system, np.vstack([y[train], np.zeros((k, y.shape[1]))]))
            predicted = kernel[np.ix_(test, train)] @ solved[:n] + c[test] @ solved[n:]
        total += np.square(y[test] - predicted).sum(axis=0)
    return total
