/** First stable version in which a compute instance can be given its idle shutdown. */
export const machineLearningApi = '2025-12-01';
