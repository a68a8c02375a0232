package dev.salvor.plan.retention;

import java.time.ZonedDateTime;
import java.time.temporal.IsoFields;

/** What counts as the same hour, day and so on: one number for all times that share a bucket. */
enum Bucket {
  /** Each point is one of its own. */
  POINT("last") {
    @Override
    long of(ZonedDateTime time, int place) {
      return place;
    }
  },
  HOUR("hourly") {
    @Override
    long of(ZonedDateTime time, int place) {
      return DAY.of(time, place) * 100 + time.getHour();
    }
  },
  DAY("daily") {
    @Override
    long of(ZonedDateTime time, int place) {
      return MONTH.of(time, place) * 100 + time.getDayOfMonth();
    }
  },
  /** ISO 8601: Monday to Sunday, and a week belongs to the year that has its Thursday. */
  WEEK("weekly") {
    @Override
    long of(ZonedDateTime time, int place) {
      return time.get(IsoFields.WEEK_BASED_YEAR) * 100L
          + time.get(IsoFields.WEEK_OF_WEEK_BASED_YEAR);
    }
  },
  MONTH("monthly") {
    @Override
    long of(ZonedDateTime time, int place) {
      return YEAR.of(time, place) * 100 + time.getMonthValue();
    }
  },
  YEAR("yearly") {
    @Override
    long of(ZonedDateTime time, int place) {
      return time.getYear();
    }
  };

  /** What no time has. */
  static final long NONE = -1;

  private final String adverb;

  Bucket(String adverb) {
    this.adverb = adverb;
  }

  String adverb() {
    return adverb;
  }

  /**
   * The bucket of a point.
   *
   * @param place of the point, from the newest
   */
  abstract long of(ZonedDateTime time, int place);
}
