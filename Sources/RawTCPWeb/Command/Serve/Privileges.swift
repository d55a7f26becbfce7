import CNIO
import Glibc

/// What the process may do once everything is open: no more than it needs.
struct Privileges {
    /// An account that the service goes on as.
    struct Account {
        let user: uid_t
        let group: gid_t

        /// The account with this name; nil if there is none.
        init?(named name: String) {
            guard let entry = getpwnam(name) else { return nil }
            user = entry.pointee.pw_uid
            group = entry.pointee.pw_gid
        }
    }

    /// Raw sockets are opened once, and guards for every port; a guard below 1024 needs the second.
    private static let kept = UInt64(CNIO_CAP_NET_RAW) | UInt64(CNIO_CAP_NET_BIND_SERVICE)

    private let account: Account?

    /// Finds the account, before anything is opened.
    init(user: String?) throws {
        guard let user else {
            account = nil
            return
        }
        guard let account = Account(named: user), account.user != 0 else {
            throw Failure(status: EX_NOUSER, message: "--user \(user): there is no such account, or it is root's").exit
        }
        guard geteuid() == 0 else {
            throw Failure(status: EX_NOPERM, message: "--user \(user): only root may change the user").exit
        }
        self.account = account
    }

    /// Drops on every thread what is not needed any more.
    func drop() throws {
        guard cnio_drop_privileges(Self.kept, account?.user ?? 0, account?.group ?? 0) == 0 else {
            let reason = String(cString: strerror(errno))
            throw Failure(status: EX_OSERR, message: "privileges could not be dropped: \(reason)").exit
        }
    }
}

/// The service manager that started us, if one did (sd_notify(3)).
enum ServiceManager {
    /// Everything is open: requests are answered.
    static func tellReady() { tell("READY=1") }
    /// The end has begun.
    static func tellStopping() { tell("STOPPING=1") }

    private static func tell(_ message: String) {
        guard let path = getenv("NOTIFY_SOCKET") else { return }
        _ = cnio_notify_manager(path, message)
    }
}
