/** What may be claimed of a recovery point after it was restored and compared. */
@NullMarked
package dev.salvor.plan.verdict;

import org.jspecify.annotations.NullMarked;
