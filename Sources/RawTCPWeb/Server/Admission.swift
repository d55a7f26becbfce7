import HTTPTypes

/// What a connection may ask for, decided when it is accepted.
enum Admission {
    /// Whatever the server does.
    case full
    /// Only what must be answered even when the server is full: the places left are kept for it.
    case vitalOnly
    /// Nothing: the client has its share of connections already.
    case beyondShare

    /// Why a request for this path is not answered; nil if it is.
    func refusal(of path: String, vital: Set<String>) -> Refusal? {
        switch self {
        case .full: nil
        case .vitalOnly:
            vital.contains(path)
                ? nil
                : Refusal(status: .serviceUnavailable, detail: "The server has as many connections as it can hold.")
        case .beyondShare:
            Refusal(status: .tooManyRequests, detail: "This client has as many connections open as one may have.")
        }
    }
}
