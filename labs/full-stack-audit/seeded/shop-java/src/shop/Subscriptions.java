package shop;

import java.time.Clock;
import java.time.LocalDate;
import java.time.temporal.ChronoUnit;

/** The yearly membership with free delivery. */
public final class Subscriptions {

    public record Membership(long customerId, LocalDate from, LocalDate until) {
        public boolean covers(LocalDate day) {
            return !day.isBefore(from) && day.isBefore(until);
        }
    }

    private static final int REMIND_DAYS = 14;

    private final Clock clock;

    public Subscriptions(Clock clock) {
        this.clock = clock;
    }

    public Membership start(long customerId) {
        LocalDate today = LocalDate.now(clock);
        return new Membership(customerId, today, yearAfter(today));
    }

    /** A year more, from the old end or from today, whichever is later. */
    public Membership renew(Membership old) {
        LocalDate today = LocalDate.now(clock);
        LocalDate from = old.until().isAfter(today) ? old.until() : today;
        return new Membership(old.customerId(), old.from(), yearAfter(from));
    }

    public boolean reminderIsDue(Membership membership) {
        long left = ChronoUnit.DAYS.between(LocalDate.now(clock), membership.until());
        return left >= 0 && left <= REMIND_DAYS;
    }

    /** Trial ends a month later, on the last day if the month is shorter. */
    public LocalDate trialEnd(LocalDate from) {
        return from.plusMonths(1);
    }

    private static LocalDate yearAfter(LocalDate day) {
        return LocalDate.of(day.getYear() + 1, day.getMonth(), day.getDayOfMonth());
    }
}
